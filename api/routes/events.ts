import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { ModelName } from '../../domain/ids';
import type { ManifestEvent } from '../../ports/manifest';
import type { ApiPorts } from '../ports';
import * as schemas from '../schemas';

/** How often the manifest is asked for news: what a person still takes as at once. */
const POLL_MS = 500;
/** Comments that keep proxies from hanging up (many do after 30 or 60 s without a byte). */
const HEARTBEAT_MS = 15_000;
const PAGE = 200;

interface Tail {
  readonly afterId: number;
  readonly model: ModelName | undefined;
}

/** Live events as server-sent events (WHATWG HTML, 9.2), with the ids of the manifest: whoever comes back with the last id misses nothing. */
export function eventRoutes(app: FastifyInstance, ports: ApiPorts): void {
  const open = new Set<ServerResponse>();
  app.addHook('preClose', async () => {
    for (const response of open) response.destroy();
  });

  app.get<{ Querystring: schemas.EventsQuery }>('/v1/events', {
    config: { summary: 'Live events (SSE) from `Last-Event-ID` or `after` on; without either, from now on' },
    schema: { querystring: schemas.eventsQuery },
    handler: async (request, reply) => {
      const { model, after } = request.query;
      const last = Number(request.headers['last-event-id'] ?? after ?? Number.NaN);
      const afterId = Number.isSafeInteger(last) && last >= 0 ? last : await ports.manifest.lastEventId();
      reply.hijack();
      const { raw } = reply;
      open.add(raw);
      raw.on('close', () => open.delete(raw));
      raw.on('error', () => raw.destroy());
      const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' };
      raw.writeHead(200, headers).write(`: events after ${afterId}\n\n`);
      await tail(ports, raw, { afterId, model });
    },
  });
}

/** Sends events until the other side hangs up. The manifest being away is said in a comment, and waited out. */
async function tail({ manifest, clock }: ApiPorts, response: ServerResponse, { afterId, model }: Tail): Promise<void> {
  const hungUp = new AbortController();
  response.on('close', () => hungUp.abort());
  let lastId = afterId;
  let quietMs = 0;
  while (!hungUp.signal.aborted) {
    const events = await manifest.events({ afterId: lastId, limit: PAGE, ...(model && { model }) }).catch(() => null);
    const chunk = events === null ? ': the manifest does not answer, waiting\n\n' : events.map(framed).join('');
    lastId = events?.at(-1)?.id ?? lastId;
    quietMs = chunk === '' ? quietMs + POLL_MS : 0;
    if (quietMs >= HEARTBEAT_MS) quietMs = 0;
    await send(response, chunk || (quietMs === 0 ? ': still here\n\n' : ''), hungUp.signal);
    if (events?.length === PAGE) continue; // behind: the next page at once
    await clock.sleep(POLL_MS, hungUp.signal).catch(() => undefined);
  }
}

/** Waits while the other side is slow: nothing is piled up for it here. */
async function send(response: ServerResponse, chunk: string, hungUp: AbortSignal): Promise<void> {
  if (chunk === '' || hungUp.aborted || response.write(chunk)) return;
  await once(response, 'drain', { signal: hungUp }).catch(() => undefined);
}

function framed(event: ManifestEvent): string {
  return `id: ${event.id}\nevent: ${event.kind.replace(/\s/g, '-')}\ndata: ${JSON.stringify(event)}\n\n`;
}
