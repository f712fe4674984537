import { mkdir, mkdtemp, readdir, readFile, rm, statfs, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DirectoryCache } from '../../adapters/cache/directory';
import { cacheLaws, fileOf } from './cache';

const go = new AbortController().signal;
const folders: string[] = [];

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

describe('the cache in a folder', () => {
  cacheLaws(async (limitBytes) => {
    const { cache, folder } = await emptyCache(limitBytes);
    const bytesOf = (name: string, file: string) => readFile(path.join(folder, name, '1', file)).catch(() => undefined);
    return { cache, bytesOf };
  });

  it('lays files out as runtimes read them, and leaves no folder of its own behind', async () => {
    const { cache, folder } = await emptyCache(1_000);
    await cache.place('m--1', [fileOf('model.onnx', 'weights')], go);
    await expect(readdir(folder, { recursive: true })).resolves.toEqual(['m--1', 'm--1/1', 'm--1/1/model.onnx']);
  });

  it('finds what an earlier process placed', async () => {
    const { cache, folder } = await emptyCache(1_000);
    await cache.place('m--1', [fileOf('a', 'weights')], go);
    const next = new DirectoryCache({ path: folder, limitBytes: 1_000 });
    await expect(next.names()).resolves.toEqual(['m--1']);
    await expect(next.freeBytes()).resolves.toBe(993);
  });

  it('sweeps away what a killed process left, but not what another is still writing', async () => {
    const { cache, folder } = await emptyCache(1_000);
    const [old, young] = [path.join(folder, '.meridian-m--1-old'), path.join(folder, '.meridian-m--2-young')];
    for (const left of [old, young]) {
      await mkdir(left);
      await writeFile(path.join(left, 'half'), '12345');
    }
    await utimes(old, 0, 0);
    await expect(cache.freeBytes()).resolves.toBe(995);
    await expect(readdir(folder)).resolves.toEqual(['.meridian-m--2-young']);
    await expect(cache.names()).resolves.toEqual([]);
  });

  it('counts the free bytes of the disk where they are fewer than its limit', async () => {
    const { cache, folder } = await emptyCache(Number.MAX_SAFE_INTEGER);
    const { blocks, bsize } = await statfs(folder);
    const free = await cache.freeBytes();
    expect(free).toBeGreaterThan(0);
    expect(free).toBeLessThanOrEqual(blocks * bsize);
  });

  it('says that the store is unavailable where its folder cannot be made', async () => {
    const { folder } = await emptyCache(1_000);
    await writeFile(path.join(folder, 'file'), '');
    const cache = new DirectoryCache({ path: path.join(folder, 'file', 'cache'), limitBytes: 1_000 });
    await expect(cache.place('m--1', [fileOf('a', 'x')], go)).rejects.toMatchObject({ type: 'StoreUnavailable' });
  });
});

async function emptyCache(limitBytes: number) {
  const folder = await mkdtemp(path.join(tmpdir(), 'meridian-cache-'));
  folders.push(folder);
  return { folder, cache: new DirectoryCache({ path: folder, limitBytes }) };
}
