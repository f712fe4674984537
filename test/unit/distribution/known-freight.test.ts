import { MemoryObjectStore } from '../../../adapters/object-store/memory';
import { MemoryRegistry } from '../../../adapters/registry/memory';
import { readKnownFreight, uploadFreight } from '../../../distribution';
import { Failure } from '../../../domain/failures';
import type { Registry } from '../../../ports/registry';
import { never, noise, packed, pushFreight } from '../../support/freight';

const repository = 'models/fraud';
const source = packed({ files: { 'model.onnx': noise(3500) }, golden: '{}' });
const { digest } = source.freight;

const away = new Proxy({} as Registry, {
  get: () => () => {
    throw new Failure('RegistryUnavailable', 'the registry does not answer');
  },
});

async function pushedRegistry(): Promise<Registry> {
  const registry = new MemoryRegistry();
  await pushFreight(registry, repository, source);
  return registry;
}
async function fullHub(): Promise<MemoryObjectStore> {
  const [hub, registry] = [new MemoryObjectStore(), await pushedRegistry()];
  await uploadFreight({ registry, repository, digest, hub, signal: never, onProgress: () => undefined });
  return hub;
}
const read = (registry: Registry, hub: MemoryObjectStore) =>
  readKnownFreight({ registry, hub, repository, digest, signal: never });

describe('a freight that is asked for', () => {
  it('is read from the hub when that holds it: with the registry away too', async () => {
    await expect(read(away, await fullHub())).resolves.toEqual(source.freight);
  });

  it('is the same from the registry when the hub does not hold it, or not all of it', async () => {
    const partial = await fullHub();
    for await (const { key } of partial.list('files/')) await partial.delete(key, never);
    for (const hub of [new MemoryObjectStore(), partial])
      await expect(read(await pushedRegistry(), hub)).resolves.toEqual(source.freight);
  });

  it('is read from the registry when the hub does not answer', async () => {
    const hub = new MemoryObjectStore();
    hub.head = () => Promise.reject(new Failure('StoreUnavailable', 'the hub does not answer'));
    await expect(read(await pushedRegistry(), hub)).resolves.toEqual(source.freight);
  });

  it('says that the registry does not answer where only that could have it', async () => {
    await expect(read(away, new MemoryObjectStore())).rejects.toMatchObject({ type: 'RegistryUnavailable' });
  });
});
