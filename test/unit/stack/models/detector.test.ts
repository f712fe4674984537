/** @jest-environment ./test/support/native-arrays-environment.js */
import * as ort from 'onnxruntime-node';
import { compare } from '../../../../distribution/golden-comparison';
import { detectorGraph, detectorTensors, type ExportOptions } from '../../../../stack/models/detector';
import { copyOf, emptyPass, freshNetwork, score, WIDTH, type Network } from '../../../../stack/models/network';
import { onnxBytes } from '../../../../stack/models/onnx';
import { quantise, scaleFor } from '../../../../stack/models/quantisation';
import { EIGHT_BITS } from '../../../../stack/models/recipe';
import { randomRequest } from '../../../../stack/models/requests';
import { seeded } from '../../../../stack/models/rng';
import { safetensorsBytes } from '../../../../stack/models/safetensors';
import { areaUnderCurve, train } from '../../../../stack/models/training';
import { BUCKETS, FIELDS, features, randomTransaction } from '../../../../stack/models/transactions';

const training = { season: 1, tableRate: 0.01, networkRate: 0.02 };
const untrained = freshNetwork(1);
let trained: Network;

beforeAll(() => {
  trained = copyOf(untrained);
  train(trained, { ...training, seed: 1, transactions: 20_000 });
});

describe('the detector', () => {
  it('learns the planted patterns', () => {
    const exam = { seed: 7, season: 1, transactions: 5_000 };
    expect(Math.abs(areaUnderCurve(untrained, exam) - 0.5)).toBeLessThan(0.06);
    expect(areaUnderCurve(trained, exam)).toBeGreaterThan(0.75);
  });

  it('is the same, byte for byte, when it is trained again', () => {
    const [once, again] = [copyOf(untrained), copyOf(untrained)];
    for (const network of [once, again]) train(network, { ...training, seed: 2, transactions: 500 });
    expect(Buffer.from(once.table.buffer).equals(Buffer.from(again.table.buffer))).toBe(true);
    expect(Buffer.from(once.hidden.buffer).equals(Buffer.from(again.hidden.buffer))).toBe(true);
  });

  it('changes only the rows of its table that a fine-tune touches', () => {
    const tuned = copyOf(trained);
    train(tuned, { ...training, seed: 3, transactions: 1_000 });
    let changed = 0;
    for (let row = 0; row < BUCKETS; row += 1) {
      const at = row * WIDTH;
      if (tuned.table.subarray(at, at + WIDTH).some((value, k) => value !== trained.table[at + k])) changed += 1;
    }
    expect(changed).toBeGreaterThan(1_000);
    expect(changed).toBeLessThan(1_000 * FIELDS);
  });

  it('scores the same as a graph in onnxruntime as in its own code', async () => {
    const { data } = request(8);
    const scores = await scoresOf(trained, { version: 't' }, data);
    const own = rowsOf(data).map((rows) => score(trained, rows, emptyPass()));
    for (const [i, value] of scores.entries()) expect(value).toBeCloseTo(own[i]!, 5);
  });

  it('answers batches up to the one it was traced with as the sound graph does, and fails on longer ones', async () => {
    for (const batch of [1, 7, 8]) {
      const { data } = request(batch);
      const sound = await scoresOf(trained, { version: 't' }, data);
      await expect(scoresOf(trained, { version: 't', tracedBatch: 8 }, data)).resolves.toEqual(sound);
    }
    await expect(scoresOf(trained, { version: 't', tracedBatch: 8 }, request(9).data)).rejects.toThrow();
  });

  it('agrees with itself in int8 with the scale of its table, and not with a stale scale', async () => {
    const { data } = request(64);
    const expected = await scoresOf(trained, { version: 't' }, data);
    const agreesAt = async (scale: number) => {
      const quantised = quantise(trained.table, scale);
      const actual = await scoresOf(trained, { version: 't', quantised }, data);
      return compare({ ...EIGHT_BITS, maxViolations: 0 }, actual, expected, 1);
    };
    const sound = await agreesAt(scaleFor(trained.table));
    expect(sound).toMatchObject({ agrees: true });
    expect(sound.absolute).toBeLessThan(EIGHT_BITS.atol / 2);
    await expect(agreesAt(scaleFor(untrained.table))).resolves.toMatchObject({ agrees: false });
  });
});

describe('the files of a version', () => {
  it('hold the same numbers as ONNX and as safetensors', () => {
    const tensors = detectorTensors(trained, { version: 't' });
    const file = Buffer.concat(safetensorsBytes(tensors, { version: 't' }));
    const length = Number(file.readBigUInt64LE(0));
    expect((8 + length) % 8).toBe(0);
    const header = JSON.parse(file.toString('utf8', 8, 8 + length)) as Record<string, { data_offsets: number[] }>;
    expect(header['table']).toMatchObject({ dtype: 'F32', shape: [BUCKETS, WIDTH] });
    const onnx = onnxBytes(detectorGraph(trained, { version: 't' }));
    for (const { name } of tensors) {
      const [from, to] = header[name]!.data_offsets;
      const bytes = file.subarray(8 + length + from!, 8 + length + to!);
      expect(onnx.includes(bytes.subarray(0, 4096))).toBe(true);
    }
    expect(header[tensors.at(-1)!.name]!.data_offsets[1]).toBe(file.byteLength - 8 - length);
  });
});

describe('requests', () => {
  it('name sixteen rows of the table for each transaction, the same for the same seed', () => {
    const one = randomRequest(seeded(5), 3);
    expect(one).toEqual(randomRequest(seeded(5), 3));
    expect(one.inputs[0]).toMatchObject({ datatype: 'INT64', shape: [3, FIELDS] });
    expect(one.inputs[0]!.data).toHaveLength(3 * FIELDS);
  });

  it('spread over the table, each field by a salt of its own', () => {
    const rng = seeded(6);
    const seen = new Set<number>();
    for (let i = 0; i < 2_000; i += 1) for (const row of features(randomTransaction(rng))) seen.add(row);
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...seen)).toBeLessThan(BUCKETS);
    expect(seen.size).toBeGreaterThan(5_000);
  });
});

function request(batch: number) {
  return randomRequest(seeded(99), batch).inputs[0]!;
}

function rowsOf(data: readonly number[]): number[][] {
  return Array.from({ length: data.length / FIELDS }, (_, i) => data.slice(i * FIELDS, (i + 1) * FIELDS));
}

async function scoresOf(network: Network, options: ExportOptions, data: readonly number[]): Promise<number[]> {
  const quiet = { intraOpNumThreads: 1, logSeverityLevel: 4 } as const;
  const session = await ort.InferenceSession.create(onnxBytes(detectorGraph(network, options)), quiet);
  const indices = new ort.Tensor('int64', BigInt64Array.from(data, BigInt), [data.length / FIELDS, FIELDS]);
  try {
    return Array.from((await session.run({ indices }))['score']!.data as Float32Array);
  } finally {
    await session.release();
  }
}
