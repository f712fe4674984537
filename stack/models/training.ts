import { emptyPass, HIDDEN, score, SEEN, WIDTH, type Network, type Pass } from './network';
import { seeded } from './rng';
import { BUCKETS, FIELDS, features, fraudChance, randomTransaction } from './transactions';

const { sqrt } = Math; // a look-up in a sandbox's global object costs more than the call

export interface TrainingOptions {
  readonly seed: number;
  readonly season: number; // whose fraud rings the transactions carry
  readonly transactions: number;
  readonly tableRate: number; // step of the table's rows
  readonly networkRate: number; // step of the small network
  readonly onProgress?: (done: number) => void; // after every thousand transactions
}

/**
 * Trains in place by stochastic gradient descent on seeded transactions. Rows of the table take AdaGrad steps with one
 * accumulator a row (Duchi et al. 2011); rows that no transaction names keep their bytes. Deterministic.
 */
export function train(network: Network, options: TrainingOptions): void {
  const rng = seeded(options.seed);
  const pass = emptyPass();
  const gradient = { seen: new Float32Array(SEEN), active: new Float32Array(HIDDEN) };
  const squares = new Float32Array(BUCKETS).fill(1e-6);
  for (let done = 1; done <= options.transactions; done += 1) {
    const one = randomTransaction(rng);
    const isFraud = rng.next() < fraudChance(one, options.season);
    const rows = features(one);
    const error = score(network, rows, pass) - (isFraud ? 1 : 0);
    const rate = options.networkRate * (1 - (0.9 * done) / options.transactions);
    stepBack(network, pass, gradient, error, rate);
    stepRows(network.table, rows, gradient.seen, squares, options.tableRate);
    if (done % 1_000 === 0) options.onProgress?.(done);
  }
}

/** Steps the small network, and leaves the gradient of what it saw. */
function stepBack(network: Network, pass: Pass, gradient: Pass, error: number, rate: number): void {
  const { hidden, hiddenBias, output, outputBias } = network;
  const { active } = gradient;
  outputBias[0]! -= rate * error;
  for (let j = 0; j < HIDDEN; j += 1) {
    active[j] = pass.active[j]! > 0 ? error * output[j]! : 0;
    output[j]! -= rate * error * pass.active[j]!;
    hiddenBias[j]! -= rate * active[j]!;
  }
  for (let i = 0; i < SEEN; i += 1) {
    const step = rate * pass.seen[i]!;
    let sum = 0;
    for (let j = 0; j < HIDDEN; j += 1) {
      sum += hidden[i * HIDDEN + j]! * active[j]!;
      hidden[i * HIDDEN + j]! -= step * active[j]!;
    }
    gradient.seen[i] = sum;
  }
}

function stepRows(table: Float32Array, rows: readonly number[], by: Float32Array, squares: Float32Array, rate: number) {
  for (let field = 0; field < FIELDS; field += 1) {
    const row = rows[field]!;
    let sum = 0;
    for (let k = 0; k < WIDTH; k += 1) sum += by[field * WIDTH + k]! ** 2;
    squares[row]! += sum / WIDTH;
    const step = rate / sqrt(squares[row]!);
    for (let k = 0; k < WIDTH; k += 1) table[row * WIDTH + k]! -= step * by[field * WIDTH + k]!;
  }
}

export interface ExamOptions {
  readonly seed: number;
  readonly season: number;
  readonly transactions: number;
}

/** The chance that a fraud scores above an honest transaction, on transactions it was not trained on: 0.5 is guessing. */
export function areaUnderCurve(network: Network, { seed, season, transactions }: ExamOptions): number {
  const rng = seeded(seed);
  const pass = emptyPass();
  const graded: { readonly score: number; readonly isFraud: boolean }[] = [];
  for (let i = 0; i < transactions; i += 1) {
    const one = randomTransaction(rng);
    const isFraud = rng.next() < fraudChance(one, season);
    graded.push({ score: score(network, features(one), pass), isFraud });
  }
  return aboveChance(graded);
}

function aboveChance(graded: { readonly score: number; readonly isFraud: boolean }[]): number {
  graded.sort((a, b) => a.score - b.score);
  let frauds = 0;
  let rankSum = 0; // Mann-Whitney U by ranks; ties are as rare as equal floats
  for (const [rank, { isFraud }] of graded.entries()) {
    if (!isFraud) continue;
    frauds += 1;
    rankSum += rank + 1;
  }
  return (rankSum - (frauds * (frauds + 1)) / 2) / (frauds * (graded.length - frauds));
}
