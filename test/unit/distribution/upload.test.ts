import { MemoryObjectStore } from '../../../adapters/object-store/memory';
import { MemoryRegistry } from '../../../adapters/registry/memory';
import { hasFreight, readFile, readFreight, uploadFreight } from '../../../distribution';
import { Failure } from '../../../domain/failures';
import { MEDIA_TYPES } from '../../../domain/freight';
import type { Digest } from '../../../domain/ids';
import type { ObjectStore } from '../../../ports/object-store';
import type { Registry } from '../../../ports/registry';
import { collected, listed } from '../../contract/object-store';
import { digestOf, never, noise, packed, pushFreight, type PackedFreight } from '../../support/freight';

const repository = 'models/fraud';
const PART = 1000;
const source = packed({
  files: { 'model.onnx': noise(3500), 'notes/read me.txt': 'hello', empty: '', again: noise(3500) },
  golden: '{}',
});
const weights = source.freight.files[0]!;

/** A registry that serves blobs otherwise than it holds them. */
class LyingRegistry extends MemoryRegistry {
  readonly asked: { readonly digest: Digest; readonly from: number }[] = [];
  constructor(private readonly lie: (body: Uint8Array, call: number) => Uint8Array) {
    super();
  }
  override async *blob(...[name, digest, signal, range]: Parameters<Registry['blob']>): AsyncIterable<Uint8Array> {
    this.asked.push({ digest, from: range?.from ?? 0 });
    for await (const chunk of super.blob(name, digest, signal, range)) {
      yield digest === weights.digest && chunk.byteLength > 1 ? this.lie(chunk, this.asked.length) : chunk;
    }
  }
}

async function pushed(freight: PackedFreight, registry: Registry = new MemoryRegistry()): Promise<Registry> {
  await pushFreight(registry, repository, freight);
  return registry;
}
const upload = (
  registry: Registry,
  hub: ObjectStore,
  digest = source.freight.digest,
  onProgress: (bytes: number) => void = () => undefined,
) => uploadFreight({ registry, repository, digest, hub, signal: never, onProgress, partBytes: PART });
const keys = async (hub: ObjectStore) => (await listed(hub, '')).map(({ key }) => key);

describe('upload', () => {
  it('brings every file into the hub, bit for bit, and tells progress by bytes', async () => {
    const hub = new MemoryObjectStore();
    const progress: number[] = [];
    await expect(upload(await pushed(source), hub, undefined, (bytes) => progress.push(bytes))).resolves.toEqual(
      source.freight,
    );
    await expect(readFreight(hub, source.freight.digest)).resolves.toEqual(source.freight);
    for (const file of source.freight.files)
      expect(await collected(readFile(hub, file, never))).toEqual(source.blobs.get(file.digest));
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress.at(-1)).toBe(3500 + 5 + 2);
  });

  it('needs no registry when the hub holds the freight already', async () => {
    const hub = new MemoryObjectStore();
    await upload(await pushed(source), hub);
    await expect(upload(new MemoryRegistry(), hub)).resolves.toEqual(source.freight);
  });

  it('resumes: asks the registry only for what the hub lacks', async () => {
    const hub = new MemoryObjectStore();
    await upload(await pushed(source), hub);
    for (const key of [
      `freights/${source.freight.digest}/freight.json`,
      `files/${weights.digest}/index.json`,
      `files/${weights.digest}/2`,
    ]) {
      await hub.delete(key);
    }
    const registry = new LyingRegistry((body) => body);
    await upload(await pushed(source, registry), hub);
    expect(registry.asked.filter(({ digest, from }) => digest === weights.digest && from > 0)).toEqual([
      { digest: weights.digest, from: 2000 },
    ]);
    expect(await collected(readFile(hub, weights, never))).toEqual(noise(3500));
  });

  it('reads a file once more when its bytes arrive wrong, and stores it right', async () => {
    const hub = new MemoryObjectStore();
    let lies = 0;
    const registry = new LyingRegistry((body) => (lies++ === 0 ? body.map((byte) => byte ^ 1) : body));
    await upload(await pushed(source, registry), hub);
    expect(await collected(readFile(hub, weights, never))).toEqual(noise(3500));
  });

  it('does not trust a part that rotted in the hub', async () => {
    const hub = new MemoryObjectStore();
    await hub.put(`files/${weights.digest}/1`, noise(PART, 99));
    await upload(await pushed(source), hub);
    expect(await collected(readFile(hub, weights, never))).toEqual(noise(3500));
  });

  it('refuses a layer that is not what the manifest says, and keeps none of it', async () => {
    const hub = new MemoryObjectStore();
    const registry = await pushed(source, new LyingRegistry((body) => body.map((byte) => byte ^ 1)));
    await expect(upload(registry, hub)).rejects.toMatchObject({
      type: 'DigestMismatch',
      message: expect.stringMatching(/model\.onnx arrived as/),
    });
    expect((await keys(hub)).filter((key) => key.startsWith(`files/${weights.digest}`))).toEqual([]);
    expect(await hasFreight(hub, source.freight.digest)).toBe(false);
  });

  it('stores nothing when a layer is missing', async () => {
    const hub = new MemoryObjectStore();
    const registry = new MemoryRegistry();
    const { blobs, manifest, freight } = source;
    await pushFreight(registry, repository, {
      ...source,
      blobs: new Map([...blobs].filter(([digest]) => digest !== source.freight.goldenSet)),
    });
    expect(digestOf(manifest)).toBe(freight.digest);
    await expect(upload(registry, hub)).rejects.toMatchObject({ type: 'FreightNotFound' });
    expect(await keys(hub)).toEqual([]);
  });

  it('stores nothing of a freight that is not valid, or that the registry does not have', async () => {
    const hub = new MemoryObjectStore();
    const registry = new MemoryRegistry();
    const body = new TextEncoder().encode('{"schemaVersion":2,"layers":[]}');
    const digest = await registry.pushManifest(repository, 'bad', MEDIA_TYPES.manifest, body);
    await expect(upload(registry, hub, digest)).rejects.toMatchObject({ type: 'InvalidFreight' });
    await expect(upload(registry, hub, source.freight.digest)).rejects.toMatchObject({ type: 'FreightNotFound' });
    expect(await keys(hub)).toEqual([]);
  });

  it('says how many bytes the hub lacks before it stores one', async () => {
    const hub = new MemoryObjectStore({ capacityBytes: 3000 });
    const failed = upload(await pushed(source), hub);
    await expect(failed).rejects.toMatchObject({ type: 'NotEnoughSpace', details: { missing: 3500 + 5 + 2 - 3000 } });
    expect(await keys(hub)).toEqual([]);
  });

  it('stops when it is aborted, and what arrived stays', async () => {
    const hub = new MemoryObjectStore();
    const stop = new AbortController();
    const registry = await pushed(source);
    const reason = new Error('stop');
    const onProgress = () => stop.abort(reason);
    const job = {
      registry,
      repository,
      digest: source.freight.digest,
      hub,
      signal: stop.signal,
      onProgress,
      partBytes: PART,
    };
    await expect(uploadFreight(job)).rejects.toBe(reason);
    expect(await hasFreight(hub, source.freight.digest)).toBe(false);
    await upload(registry, hub);
    expect(await hasFreight(hub, source.freight.digest)).toBe(true);
  });

  it('takes a registry that is down for a registry that is down', async () => {
    const registry = new MemoryRegistry();
    registry.manifest = () => Promise.reject(new Failure('RegistryUnavailable', 'down'));
    await expect(upload(registry, new MemoryObjectStore())).rejects.toMatchObject({ type: 'RegistryUnavailable' });
  });
});
