import { generator, median, requestsToRollback } from './judge-world';

/** Median requests to rollback at a baseline error rate of 1 %: reference/progressive-delivery.md 3.5 (A), the cells that have a median. */
const CELLS: readonly (readonly [weightPct: number, ratio: number, reference: number])[] = [
  [1, 5, 16_800],
  [1, 10, 4700],
  [1, 30, 900],
  [10, 2, 33_000],
  [10, 3, 6700],
  [10, 5, 1800],
  [10, 10, 604],
  [10, 30, 149],
  [50, 2, 12_900],
  [50, 3, 2900],
  [50, 5, 916],
  [50, 10, 287],
  [50, 30, 78],
];
const RUN_REQUESTS = 800_000; // requests to spend on a cell: many runs of a short one, few of a long one

function medianOf(weightPct: number, ratio: number, reference: number, lookEvery: number): number {
  const runs = Math.min(300, Math.max(60, Math.round(RUN_REQUESTS / reference)));
  const traffic = { weights: [weightPct], perWeight: 100_000, canaryRate: 0.01 * ratio, stableRate: 0.01, lookEvery };
  return median(
    Array.from({ length: runs }, (_, run) => requestsToRollback(traffic, generator(7919 * run + weightPct))),
  );
}

describe('judge, requests until a bad canary goes', () => {
  it.each(CELLS)(
    'at %p %%, %p x: at most 1.3 times %p when every request is looked at',
    (weightPct, ratio, reference) => {
      expect(medianOf(weightPct, ratio, reference, 1)).toBeLessThanOrEqual(1.3 * reference);
    },
  );

  it.each(CELLS)(
    'at %p %%, %p x: at most 1.3 times %p with a look a second at 20 requests a second',
    (weightPct, ratio, reference) => {
      expect(medianOf(weightPct, ratio, reference, 20)).toBeLessThanOrEqual(1.3 * reference);
    },
  );

  it.each(CELLS)(
    'at %p %%, %p x: 1.3 times %p or the look after it at 250 requests a second',
    (weightPct, ratio, reference) => {
      expect(medianOf(weightPct, ratio, reference, 250)).toBeLessThanOrEqual(1.3 * reference + 250);
    },
  );
});
