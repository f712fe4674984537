import * as fc from 'fast-check';
import { MemoryObjectStore } from '../../../adapters/object-store/memory';
import { fencePointer, movePointer, readPointer, readPointers, type Pointer } from '../../../distribution';
import type { Failure } from '../../../domain/failures';
import { parseDigest, parseModelName, type Digest } from '../../../domain/ids';
import { compareTokens, type Token } from '../../../domain/token';
import { InterleavedStore } from '../../support/interleaved-store';

const model = parseModelName('fraud');
const digest = (letter: string): Digest => parseDigest(`sha256:${letter.repeat(64)}`);
const [V1, V2, V3] = [digest('1'), digest('2'), digest('3')];
const token = (epoch: number, seq = 1, attempt = 1): Token => ({ epoch, seq, attempt });

describe('the version pointer', () => {
  it('points to nothing before anything was written', async () => {
    const found = {
      model,
      fence: token(0, 0, 0),
      fencedAtMs: null,
      epoch: 0,
      current: null,
      previous: [],
      sinceMs: null,
    };
    expect(await readPointer(new MemoryObjectStore(), model)).toEqual(found);
    expect(await readPointers(new MemoryObjectStore())).toEqual([]);
  });

  it('is found as it was by the fence, and moved under it', async () => {
    const store = new MemoryObjectStore();
    await movePointer(store, model, token(1), { current: V1, previous: [] }, 100);
    expect(await fencePointer(store, model, token(2), 200)).toMatchObject({
      current: V1,
      previous: [],
      epoch: 1,
      fence: token(2),
      fencedAtMs: 200,
    });
    await movePointer(store, model, token(2, 2), { current: V2, previous: [V1] }, 300);
    const moved = { current: V2, previous: [V1], epoch: 2, sinceMs: 300 };
    expect(await readPointer(store, model)).toMatchObject(moved);
    await movePointer(store, model, token(2, 2, 2), { current: V2, previous: [V1] }, 400);
    expect(await readPointer(store, model)).toMatchObject(moved);
    expect((await readPointers(store)).map((pointer) => pointer.model)).toEqual([model]);
  });

  it('refuses a lower epoch and says which was seen', async () => {
    const store = new MemoryObjectStore();
    await fencePointer(store, model, token(7), 1);
    const stale = { type: 'StaleEpoch', details: { seen: 7 } };
    await expect(fencePointer(store, model, token(6, 99), 2)).rejects.toMatchObject(stale);
    await expect(movePointer(store, model, token(6, 99), { current: V1, previous: [] }, 2)).rejects.toMatchObject(
      stale,
    );
    const left = await movePointer(store, model, token(6, 99), { current: V1, previous: [] }, 2, { staleIsDone: true });
    expect(left).toMatchObject({ current: null, fence: token(7) });
  });

  it('refuses a straggler of its own epoch', async () => {
    const store = new MemoryObjectStore();
    await movePointer(store, model, token(7, 3), { current: V2, previous: [V1] }, 1);
    for (const straggler of [token(7, 2, 5), token(7, 3, 0)]) {
      const late = movePointer(store, model, straggler, { current: V1, previous: [] }, 2, { staleIsDone: true });
      await expect(late).rejects.toMatchObject({ type: 'Superseded' });
    }
    expect(await readPointer(store, model)).toMatchObject({ current: V2 });
  });

  it('says that it is damaged, and is not taken for empty', async () => {
    const store = new MemoryObjectStore();
    for (const body of [
      '',
      '{"model":"fraud"}',
      JSON.stringify({ ...(await readPointer(store, model)), model: 'other' }),
    ]) {
      await store.put('pointers/fraud.json', new TextEncoder().encode(body));
      await expect(readPointer(store, model)).rejects.toMatchObject({
        type: 'Unsupported',
        message: expect.stringMatching(/damaged/),
      });
      await store.delete('pointers/fraud.json');
    }
  });

  it('never goes back: in every interleaving the fence only rises and the highest token that moved it decides', async () => {
    const change = fc.record({
      kind: fc.constantFrom('fence', 'move'),
      epoch: fc.integer({ min: 1, max: 3 }),
      seq: fc.integer({ min: 1, max: 3 }),
      current: fc.constantFrom(V1, V2, V3, null),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.uniqueArray(change, { maxLength: 6, selector: ({ epoch, seq }) => `${epoch}.${seq}` }),
        async (scheduler, changes) => {
          const store = new InterleavedStore(scheduler);
          const running = changes.map(async ({ kind, epoch, seq, current }) => {
            const mine = token(epoch, seq);
            if (kind === 'fence') await fencePointer(store, model, mine, 1);
            else await movePointer(store, model, mine, { current, previous: [] }, 1);
            return { kind, mine, current };
          });
          const all = Promise.allSettled(running);
          await scheduler.waitFor(all);
          const outcomes = await all;
          const done = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
          for (const outcome of outcomes)
            if (outcome.status === 'rejected')
              expect(['StaleEpoch', 'Superseded']).toContain((outcome.reason as Failure).type);
          const written = store.puts.map(({ body }) => JSON.parse(body) as Pointer);
          for (const [index, { fence }] of written.entries()) {
            const before = written[index - 1];
            if (before) expect(compareTokens(fence, before.fence)).toBeGreaterThan(0);
          }
          const moves = done.filter(({ kind }) => kind === 'move').sort((a, b) => compareTokens(a.mine, b.mine));
          const last = written.at(-1);
          expect(last?.current ?? null).toBe(moves.at(-1)?.current ?? null);
          expect(changes.length === 0 || last !== undefined).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});
