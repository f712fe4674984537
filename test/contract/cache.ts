import type { CacheFile, ModelCache } from '../../ports/cache';

/** A cache that holds at most `limitBytes`, empty, and a look at what a runtime would read there. */
export interface CacheUnderTest {
  readonly cache: ModelCache;
  bytesOf(name: string, path: string): Promise<Uint8Array | undefined>;
}

const go = new AbortController().signal;

/** A file that comes in two runs of bytes; `opened` counts how often. */
export function fileOf(path: string, text: string, bytes = Buffer.byteLength(text)): CacheFile & { opened: number } {
  const file = {
    path,
    bytes,
    opened: 0,
    async *open() {
      file.opened += 1;
      const whole = Buffer.from(text);
      yield whole.subarray(0, 3);
      yield whole.subarray(3);
    },
  };
  return file;
}

/** The laws of the model cache. Every adapter's test calls this with a way to make an empty one. */
export function cacheLaws(make: (limitBytes: number) => Promise<CacheUnderTest>): void {
  it('holds a version whole after it was placed, and nothing of it after it was evicted', async () => {
    const { cache, bytesOf } = await make(1_000);
    await cache.place('m--1', [fileOf('model.onnx', 'weights'), fileOf('extra/golden.jsonl', 'golden')], go);
    await expect(cache.has('m--1')).resolves.toBe(true);
    await expect(cache.names()).resolves.toEqual(['m--1']);
    expect(Buffer.from((await bytesOf('m--1', 'extra/golden.jsonl'))!).toString()).toBe('golden');
    await cache.evict('m--1');
    await expect(cache.has('m--1')).resolves.toBe(false);
    await expect(cache.names()).resolves.toEqual([]);
    await cache.evict('m--1');
  });

  it('does not read the files of a version that it holds', async () => {
    const { cache } = await make(1_000);
    const file = fileOf('model.onnx', 'weights');
    await cache.place('m--1', [file], go);
    await cache.place('m--1', [file], go);
    expect(file.opened).toBe(1);
  });

  it('gives back the room of what was evicted', async () => {
    const { cache } = await make(10);
    await expect(cache.freeBytes()).resolves.toBe(10);
    await cache.place('m--1', [fileOf('a', 'weights')], go);
    await expect(cache.freeBytes()).resolves.toBe(3);
    await cache.evict('m--1');
    await expect(cache.freeBytes()).resolves.toBe(10);
  });

  it('refuses what does not fit before it reads a byte, and says how many bytes are missing', async () => {
    const { cache } = await make(10);
    await cache.place('m--1', [fileOf('a', 'weights')], go);
    const file = fileOf('a', 'weights');
    const refused = cache.place('m--2', [file], go);
    await expect(refused).rejects.toMatchObject({ type: 'NotEnoughSpace', details: { missing: 4 } });
    expect(file.opened).toBe(0);
    await expect(cache.names()).resolves.toEqual(['m--1']);
  });

  it('shows nothing of a version whose last file fails, and takes it on the next attempt', async () => {
    const { cache } = await make(1_000);
    const failing = { ...fileOf('b', 'x'), open: () => brokenOff() };
    const refused = cache.place('m--1', [fileOf('a', 'weights'), failing], go);
    await expect(refused).rejects.toThrow('broken off');
    await expect(cache.has('m--1')).resolves.toBe(false);
    await expect(cache.names()).resolves.toEqual([]);
    await expect(cache.freeBytes()).resolves.toBe(1_000);
    await cache.place('m--1', [fileOf('a', 'weights'), fileOf('b', 'x')], go);
    await expect(cache.names()).resolves.toEqual(['m--1']);
  });

  it.each([5, 9])('refuses a file that is not as long as was said (7 bytes, said %i)', async (said) => {
    const { cache } = await make(1_000);
    const refused = cache.place('m--1', [fileOf('a', 'weights', said)], go);
    await expect(refused).rejects.toMatchObject({ type: 'StoreUnavailable' });
    await expect(cache.has('m--1')).resolves.toBe(false);
  });

  it('stops when its caller gives up, and shows nothing', async () => {
    const { cache } = await make(1_000);
    const over = new AbortController();
    const file = fileOf('a', 'weights');
    const giving = { ...file, open: () => (over.abort(new Error('given up')), file.open()) };
    await expect(cache.place('m--1', [giving], over.signal)).rejects.toThrow('given up');
    await expect(cache.names()).resolves.toEqual([]);
  });

  it('places a version once when two ask at the same time', async () => {
    const { cache, bytesOf } = await make(1_000);
    await Promise.all([1, 2].map(() => cache.place('m--1', [fileOf('a', 'weights')], go)));
    await expect(cache.names()).resolves.toEqual(['m--1']);
    expect(Buffer.from((await bytesOf('m--1', 'a'))!).toString()).toBe('weights');
    await expect(cache.freeBytes()).resolves.toBe(993);
  });

  it.each(['../a', '/etc/a', 'a/../../b', 'a//b', '', '.', 'a\\b', 'a\0b', 'a/./b'])(
    'refuses the hostile path %j',
    async (path) => {
      const { cache } = await make(1_000);
      const refused = cache.place('m--1', [fileOf(path, 'x')], go);
      await expect(refused).rejects.toMatchObject({ type: 'InvalidFreight' });
      await expect(cache.names()).resolves.toEqual([]);
    },
  );

  it.each([[['a', 'a']], [['a', 'a/b']], [['a/b', 'a']]])('refuses paths that hide each other: %j', async (paths) => {
    const { cache } = await make(1_000);
    const files = paths.map((path) => fileOf(path, 'x'));
    await expect(cache.place('m--1', files, go)).rejects.toMatchObject({ type: 'InvalidFreight' });
  });

  it.each(['..', '../m', '.hidden', 'a/b', ''])('refuses the hostile name %j', async (name) => {
    const { cache } = await make(1_000);
    await expect(cache.place(name, [fileOf('a', 'x')], go)).rejects.toMatchObject({ type: 'InvalidFreight' });
  });
}

async function* brokenOff(): AsyncIterable<Uint8Array> {
  throw new Error('broken off');
}
