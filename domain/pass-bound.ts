import { lnUpperTail, upperTailQuantile } from './statistics';

/** How often something happened. */
export interface Rate {
  readonly hits: number; // count, <= trials
  readonly trials: number; // count
}

/** The one-sided Clopper-Pearson upper bound of a rate: the true one is above it with probability at most beta. Pure; 1 without trials. */
export function upperBound({ hits, trials }: Rate, beta: number): number {
  return hits >= trials ? 1 : upperTailQuantile(Math.log(beta), hits + 1, trials - hits);
}

/** The one-sided Clopper-Pearson lower bound of a rate: the true one is below it with probability at most beta. Pure; 0 without hits. */
export function lowerBound({ hits, trials }: Rate, beta: number): number {
  return hits === 0 ? 0 : upperTailQuantile(Math.log1p(-beta), hits, trials - hits + 1);
}

/** Whether `upperBound(rate, beta) < limit`, without computing the bound. Pure. */
export function isBelow({ hits, trials }: Rate, limit: number, beta: number): boolean {
  return hits < trials && lnUpperTail(limit, hits + 1, trials - hits) < Math.log(beta);
}
