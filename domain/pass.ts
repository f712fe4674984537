import { isComparable } from './alarms';
import { shareOfErrors } from './kill-test';
import type { Limits, Look } from './look';
import { isBelow, lowerBound, upperBound, type Rate } from './pass-bound';

/** What a canary must stay below to pass: the upper bound of `rate` at `beta` below `limit`. */
export interface Bar {
  readonly of: 'absolute' | 'ratio';
  readonly rate: Rate;
  readonly limit: number; // share
  readonly beta: number;
}

/** beta of the k-th planned look; all looks together spend beta (contract 8). Pure. */
export function betaOfLook({ beta }: Pick<Limits, 'beta'>, k: number): number {
  return beta / 2 ** k;
}

/**
 * The bars of a look, one of which must be met. Pure. (contract 8)
 * Beside stable: the ratio once enough errors were seen for it to mean anything, else the SLO.
 * After the flip: the SLO, or `passRatio` times the lower bound of the frozen baseline, each at half of beta. Alone: the SLO.
 */
export function barsOf(look: Look, limits: Limits, beta: number): readonly Bar[] {
  const { canary, stable, baseline } = look;
  const absolute: Bar = {
    of: 'absolute',
    rate: { hits: canary.errors, trials: canary.requests },
    limit: limits.sloErrorRate,
    beta,
  };
  if (isComparable(look)) {
    const share = look.weightPct / 100;
    const errors = canary.errors + look.stable.errors;
    if (!ratioMeansSomething({ errors, share, passRatio: limits.passRatio, beta })) return [absolute];
    return [
      {
        of: 'ratio',
        rate: { hits: canary.errors, trials: errors },
        limit: shareOfErrors(share, limits.passRatio),
        beta,
      },
    ];
  }
  if (baseline !== 'frozen' || stable === null) return [absolute];
  const known = lowerBound({ hits: stable.errors, trials: stable.requests }, beta / 2);
  return [absolute, { ...absolute, of: 'ratio', limit: limits.passRatio * known, beta: beta / 2 }];
}

/** Whether the look would pass at `beta`: a bound, never an estimate, and no fewer than `minRequests`. Pure; NaN does not pass. */
export function meetsABar(look: Look, limits: Limits, beta: number): boolean {
  if (!(look.canary.requests >= limits.minRequests)) return false;
  return barsOf(look, limits, beta).some((bar) => isBelow(bar.rate, bar.limit, bar.beta));
}

/**
 * Whether so many errors were seen that a canary as good as stable, with its expected share of them, could pass on the ratio. Pure.
 * At beta 1 % and pass ratio 2 from about 207 errors at a 5 % share, 64 at 25 %, 52 at 50 % (contract 8).
 */
export function ratioMeansSomething({ errors, share, passRatio, beta }: RatioQuestion): boolean {
  return isBelow({ hits: Math.round(share * errors), trials: errors }, shareOfErrors(share, passRatio), beta);
}

/** The bounds themselves, for the record: upper bound of the canary's error rate, and of its ratio to stable's (null: not used). Pure. */
export function boundsOf(look: Look, limits: Limits, beta: number): Bounds {
  const { canary, weightPct } = look;
  const absoluteBound = upperBound({ hits: canary.errors, trials: canary.requests }, beta);
  const bar = barsOf(look, limits, beta).find(({ of }) => of === 'ratio');
  if (!bar) return { absoluteBound, ratioBound: null };
  const bound = upperBound(bar.rate, bar.beta);
  const odds = (bound / (1 - bound)) * ((100 - weightPct) / weightPct);
  const ratioBound = isComparable(look) ? odds : (bound / bar.limit) * limits.passRatio;
  return { absoluteBound, ratioBound: Number.isFinite(ratioBound) ? ratioBound : null };
}

/** See `boundsOf`. */
export interface Bounds {
  readonly absoluteBound: number; // share 0..1
  readonly ratioBound: number | null; // canary's error rate over stable's
}

interface RatioQuestion {
  readonly errors: number; // of both arms
  readonly share: number; // canary's share of requests, in (0, 1)
  readonly passRatio: number;
  readonly beta: number;
}
