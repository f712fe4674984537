import { createHash } from 'node:crypto';
import * as ort from 'onnxruntime-node';
import { INPUT, OUTPUT } from './detector';
import { randomRequest } from './requests';
import { seeded } from './rng';
import { FIELDS } from './transactions';

export interface RecordingOptions {
  readonly version: string;
  readonly model: Buffer; // the ONNX file whose answers are the truth
  readonly seed: number;
  readonly cases: number;
  readonly largestBatch: number;
  readonly compare: { readonly kind: 'allclose'; readonly rtol: number; readonly atol: number };
}

/** Asks the model, and writes requests and answers down as a golden set: JSON, one case a line. */
export async function recordGoldenSet(options: RecordingOptions): Promise<string> {
  const { version, model, seed, cases, largestBatch, compare } = options;
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1 });
  const rng = seeded(seed);
  const sha256 = createHash('sha256').update(model).digest('hex');
  const provenance = { ref: `onnxruntime ${ort.env.versions.node ?? 'unknown'} cpu fp32`, sha256 };
  const lines: string[] = [];
  for (let i = 0; i < cases; i += 1) {
    const batch = 1 + (i % largestBatch);
    const request = randomRequest(rng, batch);
    const indices = BigInt64Array.from(request.inputs[0]!.data, BigInt);
    const answer = await session.run({ [INPUT]: new ort.Tensor('int64', indices, [batch, FIELDS]) });
    const scores = Array.from(answer[OUTPUT]!.data as Float32Array);
    const outputs = [{ name: OUTPUT, datatype: 'FP32', shape: [batch, 1], data: scores }];
    const id = `${version}-${String(i + 1).padStart(4, '0')}`;
    lines.push(JSON.stringify({ id, request, expect: { outputs }, compare: { [OUTPUT]: compare }, provenance }));
  }
  await session.release();
  return `${lines.join('\n')}\n`;
}
