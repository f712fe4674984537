import type { ArmCounts, Limits, Look } from './look';
import { betaOfLook, meetsABar } from './pass';
import { isBelow } from './pass-bound';

/** "No number of requests is enough at this rate of errors": the largest integer, so that it survives JSON. */
export const NEVER = Number.MAX_SAFE_INTEGER;
const SEARCHED_UP_TO = 1e9; // requests; a bake that needs more will not end

/**
 * Requests that a step at `weightPct` needs to pass its k-th planned look when no error is seen, on the canary and in total.
 * `plan` prints them. With bounds at beta itself: 459 below 1 % at beta 1 %, 90 below 5 %, 59 below 5 % at beta 5 % (contract 8). Pure.
 */
export function requestsToPass(limits: Limits, k: number, weightPct: number): RequestsNeeded {
  const beta = betaOfLook(limits, k);
  const clean = (trials: number): boolean => isBelow({ hits: 0, trials }, limits.sloErrorRate, beta);
  const canary = smallestFrom(1, (n) => n >= limits.minRequests && clean(n));
  return { canary, total: canary === NEVER ? NEVER : Math.ceil((canary * 100) / weightPct) };
}

/** See `requestsToPass`. */
export interface RequestsNeeded {
  readonly canary: number; // count
  readonly total: number; // count, canary and stable
}

/** Further canary requests until the k-th look could pass, were both arms to go on as they did; `NEVER`: not at this rate. Pure. */
export function furtherRequests(look: Look, limits: Limits, k: number): number {
  const { requests } = look.canary;
  if (requests === 0) return requestsToPass(limits, k, look.weightPct).canary;
  const beta = betaOfLook(limits, k);
  const total = smallestFrom(requests, (n) => meetsABar(grownBy(look, n / requests), limits, beta));
  return total === NEVER ? NEVER : total - requests;
}

function grownBy(look: Look, factor: number): Look {
  const grow = (arm: ArmCounts): ArmCounts => ({
    ...arm,
    requests: Math.round(arm.requests * factor),
    errors: Math.round(arm.errors * factor),
  });
  const growsToo = look.baseline === 'concurrent' && look.stable !== null;
  return { ...look, canary: grow(look.canary), stable: growsToo && look.stable ? grow(look.stable) : look.stable };
}

/** The smallest n >= from with `holds(n)`, for a property that stays true once it is. */
function smallestFrom(from: number, holds: (n: number) => boolean): number {
  let below = from - 1;
  let at = from;
  while (!holds(at)) {
    if (at > SEARCHED_UP_TO) return NEVER;
    below = at;
    at *= 2;
  }
  while (at - below > 1) {
    const middle = Math.floor((at + below) / 2);
    if (holds(middle)) at = middle;
    else below = middle;
  }
  return at;
}
