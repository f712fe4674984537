import { generator, median, requestsToRollback } from '../test/unit/domain/judge-world';
import type { BenchRow } from './row';
import type { Scenario } from './scenario';

/** Share of the canary in percent, times stable's error rate, and the median of the design's own simulation (its table for alpha 1 %, r 1.25). */
const CELLS: readonly (readonly [weightPct: number, ratio: number, reference: number])[] = [
  [1, 5, 16_800],
  [1, 10, 4_700],
  [1, 30, 900],
  [10, 2, 33_000],
  [10, 3, 6_700],
  [10, 5, 1_800],
  [10, 10, 604],
  [10, 30, 149],
  [50, 2, 12_900],
  [50, 3, 2_900],
  [50, 5, 916],
  [50, 10, 287],
  [50, 30, 78],
];
const STABLE_RATE = 0.01;
const PER_WEIGHT = 100_000; // requests at most
const AIM = 1.3;

export interface JudgeOptions {
  readonly runs: number; // for each cell
}

/** Requests of both arms until a canary that is so many times worse is sent back, every request looked at. */
export async function judgeBench({ runs }: JudgeOptions): Promise<readonly BenchRow[]> {
  return CELLS.map(([weightPct, ratio, reference]) => {
    const rates = { canaryRate: STABLE_RATE * ratio, stableRate: STABLE_RATE };
    const traffic = { weights: [weightPct], perWeight: PER_WEIGHT, ...rates, lookEvery: 1 };
    const needed = Array.from({ length: runs }, (_, run) =>
      requestsToRollback(traffic, generator(7919 * run + weightPct)),
    );
    const ours = median(needed);
    return {
      measure: `requests: canary ${weightPct} %, ${ratio} x errors`,
      ours,
      peers: { 'design table': reference },
      ratioToBest: Number((ours / reference).toPrecision(3)),
      aim: `at most ${AIM} x`,
      met: ours <= AIM * reference,
    };
  });
}

export const judge: Scenario = {
  name: 'judge',
  description: `median requests, both arms together, until a bad canary is sent back at a baseline of 1 % errors, a look at every
request; beside it the table of the same test that the design rests on`,
  run: ({ short }) => judgeBench({ runs: short ? 40 : 500 }),
};
