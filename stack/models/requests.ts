import { INPUT } from './detector';
import type { Rng } from './rng';
import { features, FIELDS, randomTransaction } from './transactions';

/** An infer request of the Open Inference Protocol for so many random transactions. */
export function randomRequest(rng: Rng, batch: number) {
  const data: number[] = [];
  for (let i = 0; i < batch; i += 1) data.push(...features(randomTransaction(rng)));
  return { inputs: [{ name: INPUT, datatype: 'INT64', shape: [batch, FIELDS], data }] };
}

/** The same as the JSON body that an application posts to `/v2/models/<model>/infer`. */
export function requestBody(rng: Rng, batch: number): string {
  return JSON.stringify(randomRequest(rng, batch));
}
