import * as fc from 'fast-check';
import { MemoryObjectStore } from '../../../adapters/object-store/memory';
import {
  claimFreight,
  claimLoad,
  freightHolders,
  isLoadHeld,
  releaseFreight,
  releaseLoad,
} from '../../../distribution';
import { Failure } from '../../../domain/failures';
import { holderOf, parseDigest, parseModelName, parseRegionId, type Holder } from '../../../domain/ids';
import { FaultyStore, type Fault } from '../../support/faulty-store';
import { InterleavedStore } from '../../support/interleaved-store';

const freight = parseDigest(`sha256:${'a'.repeat(64)}`);
const other = parseDigest(`sha256:${'b'.repeat(64)}`);
const holder = (attempt: number) => holderOf(parseModelName('fraud'), 3, parseRegionId('eu-north'), attempt);
const name = 'fraud--aaaaaaaaaaaa';

describe('claims', () => {
  it('are held by each holder for itself, and claiming twice changes nothing', async () => {
    const store = new MemoryObjectStore();
    for (const attempt of [1, 2, 1]) await claimFreight(store, freight, holder(attempt));
    await claimFreight(store, other, holder(9));
    expect(await freightHolders(store, freight)).toEqual([holder(1), holder(2)]);
    await releaseFreight(store, freight, holder(1));
    expect(await freightHolders(store, freight)).toEqual([holder(2)]);
  });

  it('are refused to a straggler after its release, also when it had never claimed', async () => {
    const store = new MemoryObjectStore();
    await claimFreight(store, freight, holder(1));
    for (const attempt of [1, 2]) {
      await releaseFreight(store, freight, holder(attempt));
      await releaseFreight(store, freight, holder(attempt));
      await expect(claimFreight(store, freight, holder(attempt))).rejects.toMatchObject({ type: 'ClaimReleased' });
    }
    expect(await freightHolders(store, freight)).toEqual([]);
  });

  it('are not revived by a straggler that died right after its mark had landed', async () => {
    const store = new MemoryObjectStore();
    await releaseFreight(store, freight, holder(1));
    await store.put(`claims/${freight}/${holder(1)}/held.json`, new Uint8Array(0));
    expect(await freightHolders(store, freight)).toEqual([]);
  });

  it('of loads stand beside those of freights', async () => {
    const store = new MemoryObjectStore();
    await claimLoad(store, name, holder(1));
    await claimLoad(store, name, holder(2));
    await releaseLoad(store, name, holder(1));
    expect(await isLoadHeld(store, name, holder(1))).toBe(false);
    expect(await isLoadHeld(store, name, holder(2))).toBe(true);
    expect(await isLoadHeld(store, name)).toBe(true);
    expect(await freightHolders(store, freight)).toEqual([]);
    await releaseLoad(store, name, holder(2));
    expect(await isLoadHeld(store, name)).toBe(false);
    expect(await isLoadHeld(store, `${name}b`)).toBe(false);
  });

  it('are over once released, in whatever order claim and release take their turns', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 3 }), async (scheduler, claims) => {
        const store = new InterleavedStore(scheduler);
        let released = false;
        const releasing = releaseFreight(store, freight, holder(1)).then(() => (released = true));
        const claiming = Array.from({ length: claims }, async () => {
          await claimFreight(store, freight, holder(1));
          expect(released).toBe(false); // a claim that answers after the release is refused
        });
        const all = Promise.allSettled([...claiming, releasing, claimFreight(store, freight, holder(2))]);
        await scheduler.waitFor(all);
        const outcomes = await all;
        expect(
          outcomes.every((outcome) => outcome.status === 'fulfilled' || typeOf(outcome.reason) === 'ClaimReleased'),
        ).toBe(true);
        expect(await scheduler.waitFor(freightHolders(store, freight))).toEqual([holder(2)]);
      }),
      { numRuns: 300 },
    );
  });

  it('are over once a release has answered, whatever calls failed before or after their effect', async () => {
    const faults = fc.array(fc.constantFrom<Fault>('none', 'fails-before', 'fails-after'), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(faults, faults, async (claimFaults, releaseFaults) => {
        const store = new MemoryObjectStore();
        const failed = await claimFreight(new FaultyStore(store, claimFaults), freight, holder(1)).then(
          () => undefined,
          typeOf,
        );
        expect(['StoreUnavailable', undefined]).toContain(failed);
        if (failed === undefined) expect(await freightHolders(store, freight)).toEqual([holder(1)]);
        await persistently(new FaultyStore(store, releaseFaults), holder(1));
        expect(await freightHolders(store, freight)).toEqual([]);
        await expect(claimFreight(store, freight, holder(1))).rejects.toMatchObject({ type: 'ClaimReleased' });
      }),
      { numRuns: 300 },
    );
  });
});

/** As an activity is retried: until it answers. */
async function persistently(store: FaultyStore, who: Holder): Promise<void> {
  for (;;) {
    const done = await releaseFreight(store, freight, who).then(
      () => true,
      () => false,
    );
    if (done) return;
  }
}

function typeOf(error: unknown): string {
  return error instanceof Failure ? error.type : String(error);
}
