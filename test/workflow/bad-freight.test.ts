import { accountLines } from '../../cli/render/explain';
import { plain } from '../../cli/render/paint';
import { MAX_MANIFEST_BYTES, MEDIA_TYPES, TITLE_ANNOTATION } from '../../domain/freight';
import type { Digest } from '../../domain/ids';
import { asObject, jsonBytes, jsonObject, type JsonObject } from '../../domain/json';
import type { Registry } from '../../ports/registry';
import { releaseUpdate } from '../../workflows/contract';
import { memoryFleet, type MemoryFleet } from '../support/fleet';
import { digestOf, packed, pushFreight } from '../support/freight';
import { startTemporal, type Temporal } from '../support/temporal';
import { onStage, until, type Stage } from '../support/temporal-stage';

let temporal: Temporal;
beforeAll(async () => (temporal = await startTemporal()));
afterAll(() => temporal?.stop());

/** The registry that the fleet's freights come from. */
async function registryOf(fleet: MemoryFleet, { engine }: Stage): Promise<Registry> {
  const ports = fleet.controlPorts(engine);
  return ports.registryOf((await ports.configuration.fleet()).value);
}

/** The same fleet, whose registry hands out other bytes than were pushed, for as long as `lies` says so of a blob. */
function withDamagedRegistry(fleet: MemoryFleet, lies: (blob: Digest) => boolean): MemoryFleet {
  const controlPorts: MemoryFleet['controlPorts'] = (engine) => {
    const ports = fleet.controlPorts(engine);
    const damaged = (sound: Registry): Registry => {
      const blob: Registry['blob'] = async function* (repository, digest, signal, range) {
        for await (const chunk of sound.blob(repository, digest, signal, range))
          yield lies(digest) ? chunk.map((byte) => byte ^ 1) : chunk;
      };
      return Object.assign(Object.create(sound) as Registry, { blob });
    };
    return { ...ports, registryOf: (value) => damaged(ports.registryOf(value)) };
  };
  return { ...fleet, controlPorts };
}

/** Everything that a promotion could change in a region: objects with their ETags, route and fences, what is placed and loaded. */
async function stateOf({ regions, model }: MemoryFleet) {
  const states = [...regions.values()].map(async ({ regionId, store, router, inference, cache }) => {
    const objects: (readonly [string, string | undefined])[] = [];
    for await (const { key } of store.list('')) objects.push([key, (await store.head(key))?.etag]);
    const loaded = await inference.loaded();
    return { regionId, objects, route: { ...router.row(model) }, loaded, free: await cache.freeBytes() };
  });
  return Promise.all(states);
}

/** What regions were asked to do, but for what they hold. */
function touched({ calls }: Stage): readonly string[] {
  return calls.filter((call) => !call.startsWith('control ') && !call.endsWith(' takeInventory'));
}

/** What `meridian explain` prints of a digest. */
async function explained({ manifest, model }: MemoryFleet, digest: Digest): Promise<string> {
  const [record] = await manifest.digests({ model, digest });
  if (!record) throw new Error(`the manifest has no account of ${digest}`);
  return accountLines(record, undefined, { width: 400, paint: plain, nowMs: 0 }).join('\n');
}

/** Offers it: it is refused with these words, in the answer and in the record, before anything has happened. */
async function expectRefused(fleet: MemoryFleet, stage: Stage, digest: Digest, words: RegExp): Promise<void> {
  const before = await stateOf(fleet);
  const why = expect.stringMatching(words) as string;
  await expect(stage.offer(digest)).resolves.toEqual({ kind: 'refused', why });
  const recorded = async () => (await fleet.manifest.digests({ model: fleet.model, digest }))[0];
  const record = await until('it is recorded', recorded, (one) => one !== undefined);
  expect(record).toMatchObject({ state: 'refused', text: why });
  expect(await explained(fleet, digest)).toContain(`mend what is wrong, then: meridian promote ${fleet.model}`);
  await expect(stage.lineState()).resolves.toMatchObject({ epoch: 0, current: null, queue: [], denied: {} });
  await expect(fleet.manifest.promotions({ model: fleet.model, limit: 9 })).resolves.toEqual([]);
  expect(touched(stage)).toEqual([]);
  await expect(stateOf(fleet)).resolves.toEqual(before);
}

type Bend = (manifest: JsonObject) => JsonObject;
const layersOf = ({ layers }: JsonObject) => layers as readonly JsonObject[];
const renamed =
  (path: string): Bend =>
  (manifest) => ({
    ...manifest,
    layers: layersOf(manifest).map((layer) => ({ ...layer, annotations: { [TITLE_ANNOTATION]: path } })),
  });
const HOSTILE: readonly (readonly [string, Bend, RegExp])[] = [
  [
    'is larger than 4 MiB',
    (manifest) => ({
      ...manifest,
      annotations: { ...asObject(manifest.annotations), note: 'x'.repeat(MAX_MANIFEST_BYTES) },
    }),
    /^InvalidFreight: sha256:\w+ is no freight: the manifest has \d+ bytes or more; the most is 4194304$/,
  ],
  ['climbs out of its folder', renamed('../../etc/cron.d/model'), /^InvalidFreight: .*climbs out of its folder/],
  ['names an absolute path', renamed('/etc/passwd'), /^InvalidFreight: .*"\/etc\/passwd" is absolute/],
  [
    'names a file twice',
    (manifest) => ({ ...manifest, layers: [...layersOf(manifest), ...layersOf(manifest)] }),
    /^InvalidFreight: .*the name "model\.onnx" occurs twice/,
  ],
];

describe('a line that is offered a freight that is none, on a real server', () => {
  it('refuses a digest that the registry does not have, and spends no epoch on it', async () => {
    const fleet = await memoryFleet();
    await onStage(temporal, fleet, async (stage) => {
      const unknown = digestOf(new TextEncoder().encode('never pushed'));
      await expectRefused(fleet, stage, unknown, /^FreightNotFound: registry in memory\/models\/.* has no manifest/);
      const sound = await stage.offer(await fleet.push('v2'));
      expect(sound).toMatchObject({ kind: 'started', epoch: 2 });
    });
  });

  it.each(HOSTILE)('refuses a manifest that %s', async (_, bend, words) => {
    const fleet = await memoryFleet();
    await onStage(temporal, fleet, async (stage) => {
      const source = packed({ model: fleet.model, version: 'v2' });
      const repository = `models/${fleet.model}`;
      const registry = await registryOf(fleet, stage);
      await pushFreight(registry, repository, source);
      const manifest = jsonBytes(bend(jsonObject(source.manifest) ?? {}));
      const digest = await registry.pushManifest(repository, 'hostile', MEDIA_TYPES.manifest, manifest);
      await expectRefused(fleet, stage, digest, words);
    });
  });

  it('refuses a version of another model', async () => {
    const fleet = await memoryFleet();
    await onStage(temporal, fleet, async (stage) => {
      const other = packed({ model: 'another', version: 'v2' });
      const digest = await pushFreight(await registryOf(fleet, stage), `models/${fleet.model}`, other);
      await expectRefused(fleet, stage, digest, /^InvalidFreight: .* is a version of another, not of fraud-/);
    });
  });
});

describe('a promotion whose bytes are not what its manifest says, on a real server', () => {
  it('ends rolled back with no region touched, names the file and what to do, and goes live once mended', async () => {
    let damaged = true;
    const { files } = packed({ version: 'v2' }).freight;
    const weights = files[0]?.digest;
    const fleet = withDamagedRegistry(await memoryFleet(), (blob) => damaged && blob === weights);
    const { model, manifest } = fleet;
    await onStage(temporal, fleet, async (stage) => {
      const before = await stateOf(fleet);
      const digest = await stage.promote();
      const text = expect.stringMatching(/^DigestMismatch: model\.onnx arrived as sha256:\w+, .*: mend it/) as string;
      const reason = { kind: 'fault', text };
      const status = await stage.ends();
      expect(status).toMatchObject({ outcome: 'rolled-back', reason, committed: false });
      expect(status.regions.map(({ phase }) => phase)).toEqual(['pending', 'pending', 'pending']);
      expect(touched(stage)).toEqual([]);
      await expect(stateOf(fleet)).resolves.toEqual(before);

      await stage.called('control notify', 2);
      expect((await manifest.promotions({ model, limit: 1 }))[0]).toMatchObject({ outcome: 'rolled-back', reason });
      expect((await stage.lineState()).denied[digest]?.reason).toEqual(reason);
      expect(await explained(fleet, digest)).toMatch(/fault: DigestMismatch: .*\n.*meridian release fraud-\d+ \w+ /);

      damaged = false;
      await stage.orderLine(releaseUpdate, { verb: 'release', digest, reason: 'pushed anew' });
      await expect(stage.offer(digest)).resolves.toMatchObject({ kind: 'started', epoch: 3 });
      await expect(stage.ends(3)).resolves.toMatchObject({ outcome: 'live' });
    });
  });
});
