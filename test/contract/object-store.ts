import type { ObjectHead, ObjectStore } from '../../ports/object-store';

const text = (body: string) => new TextEncoder().encode(body);
const never = new AbortController().signal;

/** The laws of the object store port. Every adapter's test calls this with a way to make an empty store. */
export function objectStoreLaws(make: () => Promise<ObjectStore>): void {
  let store: ObjectStore;
  beforeEach(async () => {
    store = await make();
  });

  it('gives back what was put, with its size and etag', async () => {
    const put = await store.put('a/b/c.json', text('hello'));
    const got = await store.get('a/b/c.json');
    expect(put).toMatchObject({ key: 'a/b/c.json', bytes: 5 });
    expect(got).toEqual({ head: put, body: text('hello') });
    expect(await store.head('a/b/c.json')).toEqual(put);
  });

  it('keeps an empty object apart from none', async () => {
    await store.put('empty', text(''));
    expect((await store.get('empty'))?.body).toEqual(text(''));
    expect(await collected(store.read('empty', never))).toEqual(text(''));
    expect(await store.get('nothing')).toBeUndefined();
    expect(await store.head('nothing')).toBeUndefined();
    await expect(collected(store.read('nothing', never))).rejects.toMatchObject({ type: 'FreightNotFound' });
  });

  it('changes the etag with the content and replaces it whole', async () => {
    const first = await store.put('k', text('a long first content'));
    const second = await store.put('k', text('second'));
    expect(second?.etag).not.toBe(first?.etag);
    expect((await store.get('k'))?.body).toEqual(text('second'));
  });

  it('puts under `absent` only where nothing is', async () => {
    expect(await store.put('once', text('first'), { kind: 'absent' })).toMatchObject({ bytes: 5 });
    expect(await store.put('once', text('second'), { kind: 'absent' })).toBeUndefined();
    expect((await store.get('once'))?.body).toEqual(text('first'));
  });

  it('puts under `match` only over the very object that was read', async () => {
    const first = (await store.put('k', text('1')))!;
    const second = (await store.put('k', text('2'), { kind: 'match', etag: first.etag }))!;
    expect(await store.put('k', text('3'), { kind: 'match', etag: first.etag })).toBeUndefined();
    expect(await store.put('absent', text('3'), { kind: 'match', etag: first.etag })).toBeUndefined();
    expect(await store.get('k')).toEqual({ head: second, body: text('2') });
    expect(await store.get('absent')).toBeUndefined();
  });

  it('lets one of many racing `absent` puts win', async () => {
    const bodies = Array.from({ length: 16 }, (_, index) => text(`writer ${index}`));
    const puts = await Promise.all(bodies.map((body) => store.put('race', body, { kind: 'absent' })));
    const winners = puts.flatMap((put, index) => (put ? [index] : []));
    expect(winners).toHaveLength(1);
    expect((await store.get('race'))?.body).toEqual(bodies[winners[0]!]);
  });

  it('loses no update when many count up by `match`', async () => {
    await store.put('count', text('0'));
    const countUp = async () => {
      for (;;) {
        const { head, body } = (await store.get('count'))!;
        const next = text(String(Number(new TextDecoder().decode(body)) + 1));
        if (await store.put('count', next, { kind: 'match', etag: head.etag })) return;
      }
    };
    await Promise.all(Array.from({ length: 12 }, countUp));
    expect((await store.get('count'))?.body).toEqual(text('12'));
  });

  it('streams the whole and any range, and never ends early in silence', async () => {
    const body = pattern(3 * 1024 * 1024 + 17);
    await store.put('big', body);
    expect(await collected(store.read('big', never))).toEqual(body);
    for (const [from, bytes] of [
      [0, 1],
      [1_000_000, 70_000],
      [body.byteLength - 1, 1],
    ] as const) {
      expect(await collected(store.read('big', never, { from, bytes }))).toEqual(body.slice(from, from + bytes));
    }
    const beyond = collected(store.read('big', never, { from: body.byteLength - 5, bytes: 10 }));
    await expect(beyond).rejects.toMatchObject({ type: 'StoreUnavailable' });
  });

  it('carries a part of 16 MiB', async () => {
    const body = pattern(16 * 1024 * 1024);
    await store.put('part', body, { kind: 'absent' });
    expect(Buffer.compare(await collected(store.read('part', never)), body)).toBe(0);
  });

  it('lists by prefix in key order, with the heads as they are', async () => {
    for (const key of ['b/1', 'a/2', 'a-1', 'a/10', 'a.b', 'a/x/y', 'A']) await store.put(key, text(key));
    const all = await listed(store, '');
    expect(all.map(({ key }) => key)).toEqual(['A', 'a-1', 'a.b', 'a/10', 'a/2', 'a/x/y', 'b/1']);
    expect((await listed(store, 'a/')).map(({ key }) => key)).toEqual(['a/10', 'a/2', 'a/x/y']);
    expect((await listed(store, 'a/1')).map(({ key }) => key)).toEqual(['a/10']);
    expect(await listed(store, 'c')).toEqual([]);
    for (const head of all) expect(await store.head(head.key)).toEqual(head);
  });

  it('deletes, and deleting what is not there is no error', async () => {
    await store.put('a/gone', text('x'));
    await store.delete('a/gone');
    await store.delete('a/gone');
    expect(await store.get('a/gone')).toBeUndefined();
    expect(await listed(store, 'a/')).toEqual([]);
    expect(await store.put('a/gone', text('y'), { kind: 'absent' })).toBeDefined();
  });

  it('takes unusual but honest names', async () => {
    for (const key of [
      'sha256:ab',
      'claims/load/fraud--0a1b/rollout/fraud/3/eu-north/1/held.json',
      '..a/b..',
      '-_:.x',
    ]) {
      await store.put(key, text(key));
      expect((await store.get(key))?.body).toEqual(text(key));
      expect((await listed(store, key)).map((head) => head.key)).toEqual([key]);
    }
  });

  it.each([
    '',
    '/abs',
    '../up',
    'a/../../up',
    'a//b',
    'a/',
    './a',
    'a/.',
    'nul\u0000',
    'line\nbreak',
    'back\\slash',
    'per%2e%2e',
    'ü',
    'a b',
    'x'.repeat(300),
  ])('refuses the hostile key %j', async (key) => {
    await expect(store.put(key, text('x'))).rejects.toThrow('not an object key');
    await expect(store.get(key)).rejects.toThrow('not an object key');
    await expect(store.head(key)).rejects.toThrow('not an object key');
    await expect(store.delete(key)).rejects.toThrow('not an object key');
    await expect(collected(store.read(key, never))).rejects.toThrow('not an object key');
  });

  it('does not list outside itself', async () => {
    await expect(listed(store, '../')).rejects.toThrow('not an object prefix');
  });

  it('stops at once when its signal is aborted', async () => {
    await store.put('k', text('x'));
    const reason = new Error('enough');
    const aborted = AbortSignal.abort(reason);
    await expect(store.get('k', aborted)).rejects.toBe(reason);
    await expect(store.put('k', text('y'), undefined, aborted)).rejects.toBe(reason);
    await expect(collected(store.read('k', aborted))).rejects.toBe(reason);
    await expect(listed(store, '', aborted)).rejects.toBe(reason);
  });

  it('knows its free space, or says that it does not', async () => {
    const free = await store.freeBytes();
    expect(free === null || free >= 0).toBe(true);
    expect(store.address.length).toBeGreaterThan(3);
  });
}

/** Bytes that differ everywhere and are the same at each run. */
export function pattern(bytes: number): Uint8Array {
  const body = new Uint8Array(bytes);
  for (let at = 0, word = 1; at < bytes; at++) body[at] = (word = (word * 1_103_515_245 + 12_345) >>> 0) >>> 24;
  return body;
}

export async function collected(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return new Uint8Array(Buffer.concat(all));
}

export async function listed(store: ObjectStore, prefix: string, signal?: AbortSignal): Promise<ObjectHead[]> {
  const heads: ObjectHead[] = [];
  for await (const head of store.list(prefix, signal)) heads.push(head);
  return heads;
}
