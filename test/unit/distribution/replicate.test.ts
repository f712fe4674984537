import { MemoryObjectStore } from '../../../adapters/object-store/memory';
import {
  hasFreight,
  missingBytes,
  readFile,
  readFreight,
  replicateFreight,
  takeInventory,
  verifyFreight,
} from '../../../distribution';
import type { ObjectStore } from '../../../ports/object-store';
import { collected } from '../../contract/object-store';
import { FaultyStore } from '../../support/faulty-store';
import { never, noise, packed, storeIn } from '../../support/freight';

const PART = 1000;
const source = packed({ files: { 'model.onnx': noise(5500), 'labels.txt': 'a b c', empty: '' } });
const { freight } = source;
const weights = freight.files[0]!;
const TOTAL = 5505;

async function filledHub(): Promise<MemoryObjectStore> {
  const hub = new MemoryObjectStore({ address: 'hub' });
  await storeIn(hub, source, PART);
  return hub;
}
const replicate = (
  from: ObjectStore,
  to: ObjectStore,
  onProgress: (bytes: number) => void = () => undefined,
  signal = never,
) => replicateFreight({ freight, from, to, signal, onProgress });
const verify = (store: ObjectStore) => verifyFreight({ freight, store, signal: never, onProgress: () => undefined });

describe('replicate', () => {
  it('moves every byte once, and nothing twice', async () => {
    const [hub, region] = [await filledHub(), new MemoryObjectStore({ address: 'region' })];
    const progress: number[] = [];
    expect(await missingBytes(freight, region)).toBe(TOTAL);
    expect(await replicate(hub, region, (bytes) => progress.push(bytes))).toEqual({
      bytesTotal: TOTAL,
      bytesMoved: TOTAL,
    });
    expect(await replicate(hub, region)).toEqual({ bytesTotal: TOTAL, bytesMoved: 0 });
    expect(progress.at(-1)).toBe(TOTAL);
    expect(await missingBytes(freight, region)).toBe(0);
    expect(await hasFreight(region, freight.digest)).toBe(true);
    expect(await readFreight(region, freight.digest)).toEqual(freight);
    expect(await collected(readFile(region, weights, never))).toEqual(noise(5500));
    await verify(region);
  });

  it('moves only what another freight did not bring already', async () => {
    const [hub, region] = [await filledHub(), new MemoryObjectStore()];
    await storeIn(region, packed({ version: 'v0', files: { 'model.onnx': noise(5500) } }), PART);
    expect(await replicate(hub, region)).toEqual({ bytesTotal: TOTAL, bytesMoved: 5 });
  });

  it('goes on from what arrived when it is stopped in the middle', async () => {
    const [hub, region] = [await filledHub(), new MemoryObjectStore()];
    const stop = new AbortController();
    const reason = new Error('killed');
    let calls = 0;
    const stopped = replicateFreight({
      freight,
      from: hub,
      to: region,
      signal: stop.signal,
      concurrency: 1,
      onProgress: () => calls++ === 3 && stop.abort(reason),
    });
    await expect(stopped).rejects.toBe(reason);
    expect(await hasFreight(region, freight.digest)).toBe(false);
    const { bytesMoved } = await replicate(hub, region);
    expect(bytesMoved).toBeGreaterThan(0);
    expect(bytesMoved).toBeLessThanOrEqual(TOTAL - 2 * PART); // what had arrived by then
    await verify(region);
  });

  it('reads a part again when it arrives wrong, and refuses it the second time', async () => {
    const hub = await filledHub();
    const once = new FaultyStore(hub, [...Array<'none'>(7).fill('none'), 'wrong-byte']);
    const region = new MemoryObjectStore();
    await replicate(once, region);
    expect(once.isCalm).toBe(true);
    await verify(region);
    await hub.put(`files/${weights.digest}/2`, noise(PART, 7));
    const other = new MemoryObjectStore();
    await expect(replicate(hub, other)).rejects.toMatchObject({
      type: 'DigestMismatch',
      details: { file: 'model.onnx', part: 2 },
    });
    expect(await other.head(`files/${weights.digest}/2`)).toBeUndefined();
    expect(await hasFreight(other, freight.digest)).toBe(false);
  });

  it('replaces a part of the wrong length', async () => {
    const [hub, region] = [await filledHub(), new MemoryObjectStore()];
    await region.put(`files/${weights.digest}/0`, noise(3));
    await replicate(hub, region);
    await verify(region);
  });

  it('says what the hub does not hold', async () => {
    const [hub, region] = [await filledHub(), new MemoryObjectStore()];
    await hub.delete(`files/${weights.digest}/index.json`);
    await expect(replicate(hub, region)).rejects.toMatchObject({ type: 'FreightNotFound' });
    await expect(replicate(new MemoryObjectStore(), region)).rejects.toMatchObject({ type: 'FreightNotFound' });
  });
});

describe('verify', () => {
  async function filledRegion(): Promise<MemoryObjectStore> {
    const region = new MemoryObjectStore({ address: 'region' });
    await replicate(await filledHub(), region);
    return region;
  }

  it.each([1, 5])('finds a rotten part %i, drops it, and replicating mends it', async (part) => {
    const region = await filledRegion();
    const key = `files/${weights.digest}/${part}`;
    const rotten = (await region.get(key))!.body;
    rotten[0] = rotten[0]! ^ 1;
    await region.put(key, rotten);
    await expect(verify(region)).rejects.toMatchObject({
      type: 'DigestMismatch',
      details: { file: 'model.onnx', parts: [part] },
    });
    expect(await region.head(key)).toBeUndefined();
    expect(await hasFreight(region, freight.digest)).toBe(false);
    await replicate(await filledHub(), region);
    await verify(region);
  });

  it('finds a part that is gone, and one that is cut short', async () => {
    const region = await filledRegion();
    await region.delete(`files/${weights.digest}/3`);
    await region.put(`files/${weights.digest}/4`, noise(10));
    await expect(verify(region)).rejects.toMatchObject({
      type: 'DigestMismatch',
      details: { file: 'model.onnx', parts: [3, 4] },
    });
  });

  it('does not trust an index that fits the parts but not the file', async () => {
    const region = await filledRegion();
    const other = packed({ version: 'v9', files: { 'model.onnx': noise(5500, 2) } });
    await storeIn(region, other, PART);
    const [from, to] = [other.freight.files[0]!.digest, weights.digest];
    for (const name of ['index.json', '0', '1', '2', '3', '4', '5']) {
      await region.put(`files/${to}/${name}`, (await region.get(`files/${from}/${name}`))!.body);
    }
    await expect(verify(region)).rejects.toMatchObject({
      type: 'DigestMismatch',
      message: expect.stringMatching(/not sha256/),
    });
    await replicate(await filledHub(), region);
    await verify(region);
  });

  it('does not run on a store that lacks the freight', async () => {
    await expect(verify(new MemoryObjectStore())).rejects.toMatchObject({ type: 'FreightNotFound' });
  });
});

describe('the inventory', () => {
  it('lists freights and files from the objects alone', async () => {
    const hub = await filledHub();
    const { freights, files } = await takeInventory(hub);
    expect(freights).toEqual([freight.digest]);
    expect(files).toContainEqual({ digest: weights.digest, bytesHeld: 5500, complete: true });
    expect(files).toHaveLength(3);
  });
});
