import * as fc from 'fast-check';
import { MemoryObjectStore } from '../../../adapters/object-store/memory';
import { MemoryRegistry } from '../../../adapters/registry/memory';
import { hasFreight, readFile, replicateFreight, uploadFreight, verifyFreight } from '../../../distribution';
import { Failure, type FailureType } from '../../../domain/failures';
import type { ObjectStore } from '../../../ports/object-store';
import { collected } from '../../contract/object-store';
import { FaultyStore, type Fault } from '../../support/faulty-store';
import { never, noise, packed, pushFreight, storeIn, type PackedFreight } from '../../support/freight';

const PART = 64;
const ATTEMPTS = 80; // more than there are faults: an activity is retried for as long as that helps
const faults = fc.array(
  fc.constantFrom<Fault>('none', 'none', 'fails-before', 'fails-after', 'ends-early', 'wrong-byte'),
  { maxLength: 40 },
);
const freights = fc
  .dictionary(fc.constantFrom('a', 'b/c', 'd'), fc.uint8Array({ maxLength: 400 }), { minKeys: 1 })
  .map((files) => packed({ files }));
const silent = () => undefined;

/** Runs as an activity is retried: again while the failure says that this can help. */
async function retried(run: () => Promise<unknown>): Promise<FailureType | 'done'> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      await run();
      return 'done';
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (error.type !== 'StoreUnavailable') return error.type;
    }
  }
  throw new Error('it never ended');
}

async function expectIdentical(store: ObjectStore, { freight, blobs }: PackedFreight): Promise<void> {
  expect(await hasFreight(store, freight.digest)).toBe(true);
  for (const file of freight.files)
    expect(await collected(readFile(store, file, never))).toEqual(new Uint8Array(blobs.get(file.digest)!));
}

describe('under any faults of the stores', () => {
  it('an upload ends bit-identical or with a named failure', async () => {
    await fc.assert(
      fc.asyncProperty(freights, faults, async (source, met) => {
        const registry = new MemoryRegistry();
        const digest = await pushFreight(registry, 'm', source);
        const inner = new MemoryObjectStore();
        const hub = new FaultyStore(inner, met);
        const job = { registry, repository: 'm', digest, hub, signal: never, onProgress: silent, partBytes: PART };
        const ended = await retried(() => uploadFreight(job));
        expect(ended).toBe('done'); // the registry is sound, so what is read wrong in the hub is fetched again
        await expectIdentical(inner, source);
      }),
      { numRuns: 200 },
    );
  });

  it('a replication ends bit-identical or with a named failure, and then verifies', async () => {
    await fc.assert(
      fc.asyncProperty(freights, faults, faults, async (source, fromFaults, toFaults) => {
        const [hub, inner] = [new MemoryObjectStore(), new MemoryObjectStore()];
        await storeIn(hub, source, PART);
        const [from, to] = [new FaultyStore(hub, fromFaults), new FaultyStore(inner, toFaults)];
        const { freight } = source;
        const ended = await retried(() => replicateFreight({ freight, from, to, signal: never, onProgress: silent }));
        expect(['done', 'DigestMismatch']).toContain(ended);
        if (ended !== 'done')
          await replicateFreight({ freight, from: hub, to: inner, signal: never, onProgress: silent });
        await verifyFreight({ freight, store: inner, signal: never, onProgress: silent });
        await expectIdentical(inner, source);
      }),
      { numRuns: 300 },
    );
  });

  it('what rots in a region is found, named and mended', async () => {
    const rot = fc.record({ part: fc.nat(6), at: fc.nat(63), bit: fc.integer({ min: 0, max: 7 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(rot, { minLength: 1, maxLength: 4 }), async (rots) => {
        const source = packed({ files: { 'model.onnx': noise(7 * PART) } });
        const { freight } = source;
        const file = freight.files[0]!;
        const [hub, region] = [new MemoryObjectStore(), new MemoryObjectStore()];
        await storeIn(hub, source, PART);
        const replicate = () => replicateFreight({ freight, from: hub, to: region, signal: never, onProgress: silent });
        const verify = () => verifyFreight({ freight, store: region, signal: never, onProgress: silent });
        await replicate();
        for (const { part, at } of rots) {
          const key = `files/${file.digest}/${part}`;
          const { body } = (await region.get(key))!;
          body[at] = (body[at]! + 1) & 0xff;
          await region.put(key, body);
        }
        const parts = [...new Set(rots.map(({ part }) => part))].sort();
        await expect(verify()).rejects.toMatchObject({
          type: 'DigestMismatch',
          details: { file: 'model.onnx', parts },
        });
        await expect(replicate()).resolves.toMatchObject({ bytesMoved: parts.length * PART });
        await verify();
        await expectIdentical(region, source);
      }),
      { numRuns: 100 },
    );
  });
});
