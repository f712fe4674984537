import { createHash } from 'node:crypto';
import { z } from 'zod';

/** All that is taken from a hook: where to look. What is there is read from the registry. */
export interface Hint {
  readonly repository: string;
  readonly tag: string | null; // null: the body names none
  readonly eventId: string; // the same event sent again has the same
}
export interface Heard {
  readonly sender: 'distribution' | 'harbor' | 'zot';
  readonly hints: readonly Hint[];
  readonly ignored: number; // events of another kind: pulls, deletions, blobs
}

const repository = z.string().min(1).max(255); // distribution-spec: names fit a URL's path
const tag = z.string().regex(/^\w[\w.-]{0,127}$/); // distribution-spec, pulling manifests

// Registry notifications: https://distribution.github.io/distribution/about/notifications/
const distribution = z.object({
  events: z.array(
    z.object({
      id: z.string().optional(),
      action: z.string(),
      target: z.object({ repository: repository.optional(), tag: tag.optional(), digest: z.string().optional() }),
    }),
  ),
});
// Harbor, default payload, and its CloudEvents payload with the same parts under other names (Harbor, configure webhooks).
const resources = z.array(z.object({ tag: tag.optional(), digest: z.string().optional() }));
const harborRepository = z.object({ repo_full_name: repository });
const harbor = z.object({
  type: z.string(),
  occur_at: z.number().optional(),
  event_data: z.object({ resources, repository: harborRepository }),
});
const harborCloudEvent = z.object({
  ...{ specversion: z.string(), id: z.string().optional(), type: z.string().startsWith('harbor.') },
  data: z.object({ resources: resources.default([]), repository: harborRepository }),
});
// zot sends CloudEvents; in binary mode the type stands in the header `ce-type` and the body is the data alone (zot, events).
const zotData = z.object({ name: repository, reference: z.string().optional(), digest: z.string().optional() });
const zotCloudEvent = z.object({ specversion: z.string(), id: z.string().optional(), type: z.string(), data: zotData });

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Recognises a registry's event body; null for any other. Pure. */
export function heardIn(headers: Headers, body: unknown): Heard | null {
  return ofDistribution(body) ?? ofHarbor(body) ?? ofZot(headers, body);
}

function ofDistribution(body: unknown): Heard | null {
  const read = distribution.safeParse(body);
  if (!read.success) return null;
  const hints = read.data.events.flatMap(({ id, action, target }): Hint[] => {
    // Blobs are pushed too; a manifest pushed by digest alone has no tag, and no model follows it.
    if (action !== 'push' || target.repository === undefined || target.tag === undefined) return [];
    return [{ repository: target.repository, tag: target.tag, eventId: id ?? fingerprint(target) }];
  });
  return { sender: 'distribution', hints, ignored: read.data.events.length - hints.length };
}

function ofHarbor(body: unknown): Heard | null {
  const plain = harbor.safeParse(body);
  const wrapped = plain.success ? null : harborCloudEvent.safeParse(body);
  const event = plain.success ? plain.data.event_data : wrapped?.data?.data;
  const type = plain.success ? plain.data.type : wrapped?.data?.type;
  if (!event) return null;
  if (type !== 'PUSH_ARTIFACT' && type !== 'harbor.artifact.pushed') return { sender: 'harbor', hints: [], ignored: 1 };
  const eventId = wrapped?.data?.id ?? fingerprint(body);
  const at = event.repository.repo_full_name;
  const hints = event.resources.map(({ tag: pushed = null }) => ({ repository: at, tag: pushed, eventId }));
  return { sender: 'harbor', hints, ignored: 0 };
}

function ofZot(headers: Headers, body: unknown): Heard | null {
  const wrapped = zotCloudEvent.safeParse(body);
  const bare = wrapped.success ? null : zotData.safeParse(body);
  const type = wrapped.success ? wrapped.data.type : String(headers['ce-type'] ?? '');
  const event = wrapped.success ? wrapped.data.data : bare?.data;
  if (!event || type === '') return null;
  // The prefix before `.image.updated` is configurable there.
  if (!type.endsWith('.image.updated')) return { sender: 'zot', hints: [], ignored: 1 };
  const pushed = tag.safeParse(event.reference);
  const id = wrapped.success ? wrapped.data.id : headers['ce-id'];
  const eventId = typeof id === 'string' ? id : fingerprint(body);
  const hint = { repository: event.name, tag: pushed.success ? pushed.data : null, eventId };
  return { sender: 'zot', hints: [hint], ignored: 0 };
}

function fingerprint(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
