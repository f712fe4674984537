import { lnBeta } from './statistics';

/** Concentration of the prior around the commanded share, as the sequential split check of `ssrm` uses it (Lindon and Malek 2022). */
const CONCENTRATION = 10_000;

/**
 * False-alarm budget of one split check. The test is anytime-valid, so looks cost nothing, and of ten thousand regions and weights one in a
 * hundred such promotions sees a false alarm. What it finds, measured: twice the share after 2,700 requests at 5 % and 560 at 50 %, half
 * of it after 5,600 and 1,100.
 */
export const SPLIT_ALPHA = 1e-6;

/** ln E against "canary requests come with the commanded share", two-sided, on all requests of a segment. Pure; share in (0, 1). */
export function lnSplit({ share, canary, stable }: Split): number {
  const a = CONCENTRATION * share;
  const b = CONCENTRATION * (1 - share);
  return lnBeta(a + canary, b + stable) - lnBeta(a, b) - canary * Math.log(share) - stable * Math.log1p(-share);
}

/** Whether the arms did not get the shares that were commanded, so that nothing may be concluded from comparing them. Pure. */
export function splitIsBroken(split: Split): boolean {
  return lnSplit(split) >= -Math.log(SPLIT_ALPHA);
}

/** Requests that reached each arm, and the canary's commanded share. */
export interface Split {
  readonly share: number; // in (0, 1)
  readonly canary: number; // requests
  readonly stable: number; // requests
}
