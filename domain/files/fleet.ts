import { z } from 'zod';
import type { Fleet, Link, Region } from '../fleet';
import { parseModelName, parseNodeId, parseRegionId } from '../ids';
import { problemsOfFleet } from './fleet-checks';
import { parseFile } from './parse';
import { decimal, name, size, text, url } from './quantities';
import type { Checked, SourceFile } from './source';

const filesystem = z.strictObject({ kind: z.literal('filesystem'), path: text });
const storeSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('s3'), endpoint: url, bucket: name, pathPrefix: text.exactOptional() }),
    filesystem,
  ])
  .describe('Where bytes rest. Credentials come from the environment or files, never from here.');
const registrySchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('oci'), url }),
    z.strictObject({ kind: z.literal('layout'), path: text }),
  ])
  .describe('Where freight comes from: an OCI registry, or an image layout on disk.');

const runtimeSchema = z.strictObject({
  id: name.prefault('runtime-1'),
  kind: z.literal('oip').default('oip').describe('Open Inference Protocol v2 over HTTP'),
  url: url.prefault('http://127.0.0.1:8000').describe("As the region's worker reaches it"),
});
const routerSchema = z.strictObject({
  id: name.prefault('gw-1'),
  kind: z.literal('gateway').default('gateway'),
  url: url.prefault('http://127.0.0.1:8080').describe('Where applications send requests'),
  controlUrl: url.prefault('http://127.0.0.1:8081').describe('Control and counters: the second listener'),
});
const isTimeZone = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};
const regionSchema = z.strictObject({
  id: name,
  jurisdiction: text.default('unspecified').describe('Free text that gates and placements refer to, e.g. EU'),
  timeZone: text.refine(isTimeZone, { error: 'an IANA time zone, such as Europe/Stockholm' }).default('UTC'),
  store: storeSchema.optional().describe('Default: a directory data/<region>/store below the working directory'),
  cache: z
    .strictObject({ path: text.optional(), bytes: size.prefault('32GiB') })
    .prefault({})
    .describe('Fast local files that runtimes read. Default path: data/<region>/cache'),
  runtimes: z.array(runtimeSchema).min(1, { error: 'at least one runtime' }).prefault([{}]),
  routers: z.array(routerSchema).min(1, { error: 'at least one gateway node' }).prefault([{}]).describe('Every node'),
  gpu: text.default('none').describe('E.g. nvidia; none'),
});
const linkSchema = z.strictObject({
  from: name.describe('A region, or hub'),
  to: name.describe('A region, or hub'),
  mbps: decimal(0.001, 1e7).describe('Megabits a second that promotions may use'),
  rttMs: decimal(0, 60_000).default(0),
  usdPerGB: decimal(0, 1_000).default(0).describe('GB: 10^9 bytes'),
  carries: z.array(name).optional().describe('Residency: the only models whose freight may use the link. Default: all'),
});
const HUB = {
  store: { kind: 'filesystem', path: 'data/hub/store' },
  registry: { kind: 'layout', path: 'data/hub/registry' },
} as const;

/** `fleet.yaml`. A list of regions with an id each is enough; a field's default is what one computer a region needs. */
export const fleetSchema = z.strictObject({
  hub: z
    .strictObject({ store: storeSchema.default(HUB.store), registry: registrySchema.default(HUB.registry) })
    .prefault({}),
  regions: z.array(regionSchema).min(1, { error: 'at least one region, such as { id: eu-north }' }),
  links: z
    .array(linkSchema)
    .default([])
    .describe('Without a link from hub, plans cannot say how long a transfer takes'),
});

/** Reads `fleet.yaml`: every problem at once, or the fleet with its defaults filled in. Pure. */
export function resolveFleet(file: SourceFile): Checked<Fleet> {
  const { value, problems } = parseFile(fleetSchema, file);
  const all = [...problems, ...problemsOfFleet(file)];
  if (all.length > 0 || value === undefined) return { kind: 'problems', problems: all };
  return {
    kind: 'ok',
    value: { hub: value.hub, regions: value.regions.map(toRegion), links: value.links.map(toLink) },
  };
}

function toRegion({ id, store, cache, routers, ...rest }: z.output<typeof regionSchema>): Region {
  return {
    ...rest,
    id: parseRegionId(id),
    store: store ?? { kind: 'filesystem', path: `data/${id}/store` },
    cache: { path: cache.path ?? `data/${id}/cache`, bytes: cache.bytes },
    routers: routers.map((router) => ({ ...router, id: parseNodeId(router.id) })),
  };
}

function toLink({ from, to, carries, ...rest }: z.output<typeof linkSchema>): Link {
  const end = (id: string) => (id === 'hub' ? id : parseRegionId(id));
  return { ...rest, from: end(from), to: end(to), ...(carries && { carries: carries.map(parseModelName) }) };
}
