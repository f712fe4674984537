import { lnKill, shareOfErrors } from './kill-test';
import { testsOf, type ArmCounts, type Limits, type Look } from './look';
import { upperBound } from './pass-bound';

/** Part of each test's alpha that is kept for the upper bound of a frozen baseline; costs the test itself 0.1 of ln E. */
const FOR_FROZEN_BOUND = 0.1;

/** Whether canary and stable serve side by side, so that their errors may be compared. Pure. */
export function isComparable(look: Look): look is Look & { readonly stable: ArmCounts } {
  return look.baseline === 'concurrent' && look.stable !== null && look.weightPct < 100;
}

/** alpha of one test: all tests of a rollout share its budget (Bonferroni). Pure. */
export function alphaPerTest(limits: Limits): number {
  return limits.alpha / testsOf(limits);
}

/**
 * ln E of every kill test, finished segments included, in the order of `Carried`. Pure.
 * Beside stable: errors and each slow count against `toleratedRatio`, by which arm the next one comes from.
 * Alone: the canary's own rates against what is tolerated, see `toleratedRates`.
 */
export function lnEvidence(look: Look, limits: Limits): readonly number[] {
  const segment = isComparable(look) ? besideStable(look, limits) : alone(look, limits);
  return segment.map((lnE, test) => lnE + (look.carried.lnE[test] ?? 0));
}

/**
 * Why the canary must go; empty: no alarm. The absolute guard beside stable is an intersection: above the SLO *and* worse than stable, for
 * an incident that both arms share is not the canary's fault and both claims together cost one alpha (docs/adr/007). Pure.
 */
export function alarmsOf(look: Look, limits: Limits, lnE: readonly number[]): readonly string[] {
  const threshold = -Math.log((1 - FOR_FROZEN_BOUND) * alphaPerTest(limits));
  const fires = (test: number): boolean => (lnE[test] ?? 0) >= threshold;
  const { canary } = look;
  const comparable = isComparable(look);
  const counts = [canary.errors, ...canary.slow];
  const reasons: string[] = [];
  counts.forEach((count, test) => {
    if (!fires(test) || !(comparable || aboveFloors(canary, count, limits))) return;
    const what = test === 0 ? 'errors' : `slower than ${limits.latencyLimitsMs[test - 1]} ms`;
    const score = `ln E ${lnE[test]?.toFixed(2)} reaches ${threshold.toFixed(2)}`;
    reasons.push(`${what}: ${count} of ${canary.requests}, ${against(look, test)}: ${score}`);
  });
  const guard = counts.length;
  if (comparable && fires(guard) && fires(guard + 1) && aboveFloors(canary, canary.errors, limits)) {
    reasons.push(
      `errors: ${canary.errors} of ${canary.requests} is above the SLO of ${limits.sloErrorRate} and worse than stable`,
    );
  }
  return reasons;
}

function besideStable(look: Look & { readonly stable: ArmCounts }, limits: Limits): number[] {
  const { canary, stable } = look;
  const share = look.weightPct / 100;
  const theta0 = shareOfErrors(share, limits.toleratedRatio);
  return [
    lnKill({ theta0, hits: canary.errors, misses: stable.errors }),
    ...canary.slow.map((hits, limit) => lnKill({ theta0, hits, misses: stable.slow[limit] ?? 0 })),
    lnKill({ theta0: limits.sloErrorRate, hits: canary.errors, misses: canary.requests - canary.errors }),
    lnKill({ theta0: share, hits: canary.errors, misses: stable.errors }),
  ];
}

function alone(look: Look, limits: Limits): number[] {
  const { canary } = look;
  const counts = [canary.errors, ...canary.slow];
  const tests = toleratedRates(look, limits).map((theta0, test) => {
    const hits = counts[test] ?? 0;
    return lnKill({ theta0, hits, misses: canary.requests - hits });
  });
  return [...tests, 0, 0];
}

/**
 * The rates of errors and slow requests that a canary alone may have. Errors: the SLO. With a frozen baseline load and incidents no longer
 * cancel, so the baseline only widens what is tolerated: to `toleratedRatio` times the upper confidence bound of its rate. Slow requests
 * have no SLO: without a baseline of at least `minRequests` every rate is tolerated.
 */
function toleratedRates({ canary, baseline, stable }: Look, limits: Limits): readonly number[] {
  const frozen = baseline === 'frozen' && stable !== null && stable.requests >= limits.minRequests ? stable : null;
  const beta = FOR_FROZEN_BOUND * alphaPerTest(limits);
  const widened = (hits: number): number => {
    return frozen ? limits.toleratedRatio * upperBound({ hits, trials: frozen.requests }, beta) : NaN;
  };
  const errors = frozen ? Math.max(limits.sloErrorRate, widened(frozen.errors)) : limits.sloErrorRate;
  return [errors, ...canary.slow.map((_, limit) => (frozen ? widened(frozen.slow[limit] ?? 0) : 1))];
}

function aboveFloors({ requests, distinctClients }: ArmCounts, hits: number, limits: Limits): boolean {
  return requests >= limits.minRequests && hits >= limits.minErrors && distinctClients >= limits.minClients;
}

function against({ stable, baseline, weightPct }: Look, test: number): string {
  if (stable === null) return 'judged alone';
  const hits = test === 0 ? stable.errors : stable.slow[test - 1];
  return `${baseline} stable ${hits} of ${stable.requests}, weight ${weightPct} %`;
}
