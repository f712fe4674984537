import { cut, flowing, gather } from '../../../distribution/flow';
import { collected } from '../../contract/object-store';
import { never } from '../../support/freight';

async function* chunks(...sizes: number[]): AsyncGenerator<Uint8Array> {
  let next = 0;
  for (const size of sizes) yield Uint8Array.from({ length: size }, () => next++ & 0xff);
}
async function* hanging(first: number): AsyncGenerator<Uint8Array> {
  yield* chunks(first);
  await new Promise(() => undefined);
}

describe('a flow', () => {
  it('passes on what comes', async () => {
    expect(await collected(flowing(() => chunks(3, 0, 2), { what: 'x', signal: never }))).toEqual(
      await collected(chunks(5)),
    );
  });

  it('ends a source that stalls, and tells it so', async () => {
    let given: AbortSignal | undefined;
    const open = (signal: AbortSignal) => {
      given = signal;
      return hanging(3);
    };
    const stalled = collected(flowing(open, { what: 'part 3', signal: never, stallMs: 20 }));
    await expect(stalled).rejects.toMatchObject({ type: 'StoreUnavailable', message: 'no byte of part 3 for 20 ms' });
    expect(given?.aborted).toBe(true);
  });

  it('ends at once when it is aborted, though its source heeds nothing', async () => {
    const stop = new AbortController();
    const reason = new Error('stop');
    const stopped = collected(
      flowing(() => hanging(3), { what: 'x', signal: stop.signal, onBytes: () => stop.abort(reason) }),
    );
    await expect(stopped).rejects.toBe(reason);
    await expect(collected(flowing(() => chunks(1), { what: 'x', signal: stop.signal }))).rejects.toBe(reason);
  });

  it('lets go of its source when nobody reads on', async () => {
    let given: AbortSignal | undefined;
    const open = (signal: AbortSignal) => {
      given = signal;
      return chunks(1, 1, 1);
    };
    for await (const chunk of flowing(open, { what: 'x', signal: never })) if (chunk.byteLength > 0) break;
    expect(given?.aborted).toBe(true);
  });
});

describe('the patience of a flow', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('is with each chunk, not with the whole, and never with the reader', async () => {
    const slow = async function* () {
      for (const chunk of [1, 2, 3]) {
        await new Promise((resolve) => setTimeout(resolve, 25_000));
        yield new Uint8Array(chunk);
      }
    };
    const flow = flowing(slow, { what: 'x', signal: never });
    for (const bytes of [1, 2, 3]) {
      const next = flow.next();
      await jest.advanceTimersByTimeAsync(25_000);
      expect((await next).value).toHaveLength(bytes);
      await jest.advanceTimersByTimeAsync(60_000); // the reader is busy
    }
    expect((await flow.next()).done).toBe(true);
  });

  it('ends after 30 s without a byte', async () => {
    const flow = flowing(() => hanging(1), { what: 'x', signal: never });
    await flow.next();
    const stalled = expect(flow.next()).rejects.toMatchObject({ type: 'StoreUnavailable' });
    await jest.advanceTimersByTimeAsync(30_000);
    await stalled;
  });
});

describe('cutting', () => {
  it.each([
    [[10], [4, 4, 2]],
    [
      [1, 2, 3, 4],
      [4, 4, 2],
    ],
    [[4, 4, 2], [10]],
    [
      [0, 5, 0, 5],
      [5, 5],
    ],
  ])('cuts chunks of %j into %j', async (sizes, lengths) => {
    const cuts: number[] = [];
    const all: Uint8Array[] = [];
    for await (const body of cut(chunks(...sizes), lengths, 'x')) {
      cuts.push(body.byteLength);
      all.push(body);
    }
    expect(cuts).toEqual(lengths);
    expect(new Uint8Array(Buffer.concat(all))).toEqual(await collected(chunks(10)));
  });

  it.each([9, 11])('refuses %i bytes where 10 belong', async (bytes) => {
    await expect(collected(cut(chunks(bytes), [5, 5], 'x'))).rejects.toMatchObject({ type: 'StoreUnavailable' });
    await expect(gather(chunks(bytes), 10, 'x')).rejects.toMatchObject({ type: 'StoreUnavailable' });
  });
});
