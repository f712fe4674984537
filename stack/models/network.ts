import { seeded } from './rng';
import { BUCKETS, FIELDS } from './transactions';

const { exp, sqrt } = Math; // a look-up in a sandbox's global object costs more than the call

/** Numbers in one row of the table. */
export const WIDTH = 32;
export const HIDDEN = 32;
/** What the hidden layer sees: the rows of all fields, side by side. */
export const SEEN = FIELDS * WIDTH;

/** The detector: a table of hashed features and a small network over the rows that a transaction names. Row-major fp32. */
export interface Network {
  readonly table: Float32Array; // [BUCKETS, WIDTH]
  readonly hidden: Float32Array; // [SEEN, HIDDEN]
  readonly hiddenBias: Float32Array; // [HIDDEN]
  readonly output: Float32Array; // [HIDDEN, 1]
  readonly outputBias: Float32Array; // [1]
}

export function freshNetwork(seed: number): Network {
  const rng = seeded(seed);
  const uniform = (count: number, limit: number) => {
    const values = new Float32Array(count);
    for (let i = 0; i < count; i += 1) values[i] = (2 * rng.next() - 1) * limit;
    return values;
  };
  return {
    table: uniform(BUCKETS * WIDTH, 0.05),
    hidden: uniform(SEEN * HIDDEN, sqrt(6 / (SEEN + HIDDEN))), // Glorot and Bengio 2010
    hiddenBias: new Float32Array(HIDDEN),
    output: uniform(HIDDEN, sqrt(6 / (HIDDEN + 1))),
    outputBias: new Float32Array(1),
  };
}

export function copyOf(network: Network): Network {
  const { table, hidden, hiddenBias, output, outputBias } = network;
  return {
    table: table.slice(),
    hidden: hidden.slice(),
    hiddenBias: hiddenBias.slice(),
    output: output.slice(),
    outputBias: outputBias.slice(),
  };
}

/** What one pass leaves behind for the way back. Reused: a pass allocates nothing. */
export interface Pass {
  readonly seen: Float32Array; // [SEEN]
  readonly active: Float32Array; // [HIDDEN], after the rectifier
}

export function emptyPass(): Pass {
  return { seen: new Float32Array(SEEN), active: new Float32Array(HIDDEN) };
}

/** The score of one transaction, 0..1. Fills `pass`. */
export function score(network: Network, rows: readonly number[], pass: Pass): number {
  const { table, hidden, hiddenBias, output, outputBias } = network;
  const { seen, active } = pass;
  for (let field = 0; field < FIELDS; field += 1) {
    const from = rows[field]! * WIDTH;
    for (let k = 0; k < WIDTH; k += 1) seen[field * WIDTH + k] = table[from + k]!;
  }
  active.set(hiddenBias);
  for (let i = 0; i < SEEN; i += 1) {
    const value = seen[i]!;
    for (let j = 0; j < HIDDEN; j += 1) active[j]! += value * hidden[i * HIDDEN + j]!;
  }
  let logit = outputBias[0]!;
  for (let j = 0; j < HIDDEN; j += 1) {
    if (active[j]! < 0) active[j] = 0;
    logit += active[j]! * output[j]!;
  }
  return 1 / (1 + exp(-logit));
}
