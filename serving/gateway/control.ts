import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { z } from 'zod';
import { claimSchema, fenceSchema, renewSchema, writeSchema } from '../../domain/files/route';
import { isName, type ModelName } from '../../domain/ids';
import { answer, answerError } from './answers';
import type { CounterBook } from './counters';
import { prometheusText } from './metrics';
import type { RouteTable } from './routes';

const MOST_BYTES = 64 * 1024; // the largest command is under 1 KiB

interface Needs {
  readonly routes: RouteTable;
  readonly counters: CounterBook;
  readonly token: string;
  readonly onFault: (err: unknown) => void;
}
/** A request that cannot be taken, with what to answer. */
class Refused extends Error {
  constructor(
    readonly status: number,
    text: string,
  ) {
    super(text);
  }
}

/**
 * What the region's worker and its Prometheus talk to, behind a bearer token:
 * `GET /control/models`, `GET /control/models/<model>/route` and `/counters`, `POST .../fence|write|claim|renew`, `GET /metrics`.
 * `GET /healthz` needs no token. A refusal by the route's law is an answer, status 200; 4xx is a mistake of the caller.
 */
export function control({ routes, counters, token, onFault }: Needs): RequestListener {
  const secret = digestOf(token);

  return (req, res) => {
    handle(req, res).catch((err: unknown) => {
      if (err instanceof Refused) return answerError(res, err.status, err.message);
      onFault(err);
      answerError(res, 503, `the command did not take hold: ${err instanceof Error ? err.message : String(err)}`);
    });
  };

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const path = (req.url ?? '/').split('?')[0] ?? '/';
    if (path === '/healthz') return answer(res, 200, { ok: true });
    if (!isAuthorised(req.headers.authorization, secret)) {
      const text = 'give the bearer token of this region: authorization: Bearer <token>';
      return answerError(res, 401, text, { 'www-authenticate': 'Bearer' });
    }
    if (path === '/metrics') {
      const text = prometheusText(routes, counters);
      return void res.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(text);
    }
    answer(res, 200, await answerTo(req, path));
  }

  async function answerTo(req: IncomingMessage, path: string): Promise<unknown> {
    if (path === '/control/models') return { models: routes.models() };
    const [, model = '', verb = ''] = /^\/control\/models\/([^/]+)\/([a-z]+)$/.exec(path) ?? [];
    if (verb === '') throw new Refused(404, `no such path: ${path}`);
    if (!isName(model)) throw new Refused(400, `not a model name: ${JSON.stringify(model)}`);
    const method = verb === 'route' || verb === 'counters' ? 'GET' : 'POST';
    if (req.method !== method) throw new Refused(405, `${verb}: use ${method}`);
    return verbs(model as ModelName, verb, () => bodyOf(req));
  }

  async function verbs(model: ModelName, verb: string, body: () => Promise<unknown>): Promise<unknown> {
    switch (verb) {
      case 'route':
        return routes.read(model);
      case 'counters':
        return counters.read(model);
      case 'fence':
        return routes.fence(model, parsed(fenceSchema, await body()));
      case 'write':
        return routes.write(model, parsed(writeSchema, await body()));
      case 'claim':
        return routes.claim(model, parsed(claimSchema, await body()));
      case 'renew':
        return routes.renew(model, parsed(renewSchema, await body()));
      default:
        throw new Refused(404, `no such command: ${verb}`);
    }
  }
}

function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const outcome = schema.safeParse(body);
  if (outcome.success) return outcome.data;
  throw new Refused(400, z.prettifyError(outcome.error));
}

async function bodyOf(req: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new Refused(413, `a command has at most ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Refused(400, 'the body is not JSON');
  }
}

/** Compares digests, so that the time it takes tells nothing about the token, not even its length. */
function isAuthorised(header: string | undefined, secret: Buffer): boolean {
  const given = /^Bearer (\S+)$/i.exec(header ?? '')?.[1];
  return timingSafeEqual(digestOf(given ?? ''), secret) && given !== undefined;
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
