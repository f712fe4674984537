import { MemoryObjectStore } from '../../../adapters/object-store/memory';
import { placeFreight } from '../../../distribution';
import type { CacheFile, ModelCache } from '../../../ports/cache';
import { collected } from '../../contract/object-store';
import { never, noise, packed, storeIn } from '../../support/freight';

const source = packed({ files: { 'model.onnx': noise(2500), 'config.pbtxt': 'x' }, golden: '{"case":1}' });
const { freight } = source;

/** Keeps what was placed, path by path, and shows nothing when a file throws. */
class KeptCache implements ModelCache {
  readonly placed = new Map<string, Map<string, Uint8Array>>();
  async place(name: string, files: readonly CacheFile[]): Promise<void> {
    const folder = new Map<string, Uint8Array>();
    for (const { path, open } of files) folder.set(path, await collected(open()));
    this.placed.set(name, folder);
  }
  async has(name: string): Promise<boolean> {
    return this.placed.has(name);
  }
  async names(): Promise<readonly string[]> {
    return [...this.placed.keys()];
  }
  async evict(name: string): Promise<void> {
    this.placed.delete(name);
  }
  async freeBytes(): Promise<number> {
    return Infinity;
  }
}

describe('placing', () => {
  it('puts every file where runtimes read it, but not the golden set', async () => {
    const [store, cache] = [new MemoryObjectStore(), new KeptCache()];
    await storeIn(store, source);
    const progress: number[] = [];
    const placing = {
      freight,
      store,
      cache,
      name: 'fraud--1',
      signal: never,
      onProgress: (bytes: number) => progress.push(bytes),
    };
    await placeFreight(placing);
    await placeFreight(placing);
    const folder = cache.placed.get('fraud--1')!;
    expect([...folder.keys()]).toEqual(['model.onnx', 'config.pbtxt']);
    expect(folder.get('model.onnx')).toEqual(noise(2500));
    expect(progress.at(-1)).toBe(2501);
  });

  it('shows nothing when the bytes are not what the manifest says', async () => {
    const [store, cache] = [new MemoryObjectStore(), new KeptCache()];
    await storeIn(store, source);
    await store.put(`files/${freight.files[0]!.digest}/1`, noise(1024, 5));
    const placing = placeFreight({ freight, store, cache, name: 'fraud--1', signal: never });
    await expect(placing).rejects.toMatchObject({ type: 'DigestMismatch' });
    expect(await cache.names()).toEqual([]);
  });
});
