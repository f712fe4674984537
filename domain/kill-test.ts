import { lnBeta, lnUpperTail } from './statistics';

/** Weight of the prior Beta(2 theta0, 2 (1 - theta0)): Lindon and Malek, Anytime-Valid Inference for Multinomial Count Data (2022), with k = 2. */
const PRIOR_WEIGHT = 2;

/** Successes and failures of one yes-or-no question, and the share of yes that is tolerated. */
export interface Trials {
  readonly theta0: number; // tolerated share of hits, 0..1
  readonly hits: number; // count
  readonly misses: number; // count
}

/**
 * ln E of the anytime-valid test of "hits come with at most theta0": a Beta mixture over (theta0, 1]. Whatever the number and the moments
 * of the looks, it ever reaches ln(1/alpha) with probability at most alpha where the claim holds (Ville). E of several segments multiply.
 * Lindon & Malek, arXiv 2011.03567. Pure. A theta0 of 1 or more tolerates everything: 0.
 */
export function lnKill({ theta0, hits, misses }: Trials): number {
  if (!(theta0 < 1)) return 0;
  const a = PRIOR_WEIGHT * theta0;
  const b = PRIOR_WEIGHT * (1 - theta0);
  const posterior = lnBeta(a + hits, b + misses) + lnUpperTail(theta0, a + hits, b + misses);
  const prior = lnBeta(a, b) + lnUpperTail(theta0, a, b);
  return posterior - prior - hits * Math.log(theta0) - misses * Math.log1p(-theta0);
}

/**
 * The canary's share of all errors when it gets `share` of the requests and fails `ratio` times as often as stable. Load and shared
 * incidents cancel: both arms meet them. Pure; share 0..1.
 */
export function shareOfErrors(share: number, ratio: number): number {
  return (share * ratio) / (share * ratio + 1 - share);
}
