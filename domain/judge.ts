import { alarmsOf, alphaPerTest, isComparable, lnEvidence } from './alarms';
import { furtherRequests, NEVER } from './forecast';
import { faultsOf, type ArmCounts, type Limits, type Look } from './look';
import { betaOfLook, boundsOf, meetsABar, type Bounds } from './pass';
import { splitIsBroken } from './split-check';

export { NEVER, requestsToPass, type RequestsNeeded } from './forecast';
export { DEFAULT_LIMITS, type ArmCounts, type Carried, type Limits, type Look } from './look';

/** The numbers a verdict rests on. */
export interface JudgeEvidence {
  readonly canary: ArmCounts;
  readonly stable: ArmCounts | null;
  readonly baseline: Look['baseline'];
  readonly weightPct: number; // commanded canary share, 1..100
  readonly lnE: readonly number[]; // finished segments included; carry it on to the next weight (see `Carried`)
  readonly alphaPerTest: number; // a test alarms when its ln E reaches ln(1 / (0.9 alphaPerTest))
  readonly absoluteBound: number | null; // upper bound of the canary's error rate; null between planned looks
  readonly ratioBound: number | null; // upper bound of its ratio to stable's; null where it does not decide
  readonly k: number | null; // planned look; null between planned looks
}

/**
 * What a look says. Only `healthy` advances; `regressed` rolls back; `insufficient-evidence` bakes on, then holds; `invalid-experiment`
 * (the arms did not get their shares) and `provider-error` (the counts cannot be true) are neither good nor bad: hold.
 */
export type Verdict =
  | { readonly kind: 'healthy'; readonly evidence: JudgeEvidence }
  | { readonly kind: 'regressed'; readonly evidence: JudgeEvidence; readonly reasons: readonly string[] }
  | {
      readonly kind: 'insufficient-evidence';
      readonly evidence: JudgeEvidence;
      readonly needRequests: number; // canary requests until the next planned look could pass at this rate of errors, or `NEVER`
      readonly reasons: readonly string[];
    }
  | { readonly kind: 'invalid-experiment'; readonly evidence: JudgeEvidence; readonly reasons: readonly string[] }
  | { readonly kind: 'provider-error'; readonly reasons: readonly string[] };

/**
 * Judges a canary, or a new stable after its flip. Pure and total: no clock, no I/O, never throws. Looks may be as many as one likes;
 * alarms in a healthy rollout, over all its looks, weights and tests, have a probability of at most alpha. (contract 8)
 */
export function judge(look: Look, limits: Limits): Verdict {
  const faults = faultsOf(look, limits);
  if (faults.length > 0) return { kind: 'provider-error', reasons: faults };

  const lnE = lnEvidence(look, limits);
  const evidence = evidenceOf(look, limits, lnE);
  const alarms = alarmsOf(look, limits, lnE);
  if (alarms.length > 0) return { kind: 'regressed', evidence, reasons: alarms };

  const split = brokenSplit(look);
  if (split) return { kind: 'invalid-experiment', evidence, reasons: [split] };

  const k = look.plannedLook;
  if (k !== null && meetsABar(look, limits, betaOfLook(limits, k))) return { kind: 'healthy', evidence };
  const needRequests = furtherRequests(look, limits, (k ?? 0) + 1);
  return { kind: 'insufficient-evidence', evidence, needRequests, reasons: missing(evidence, limits, needRequests) };
}

function evidenceOf(look: Look, limits: Limits, lnE: readonly number[]): JudgeEvidence {
  const { canary, stable, baseline, weightPct, plannedLook: k } = look;
  const none: { readonly [bound in keyof Bounds]: null } = { absoluteBound: null, ratioBound: null };
  const bounds = k === null ? none : boundsOf(look, limits, betaOfLook(limits, k));
  return { canary, stable, baseline, weightPct, lnE, alphaPerTest: alphaPerTest(limits), ...bounds, k };
}

function brokenSplit(look: Look): string | null {
  if (!isComparable(look)) return null;
  const { canary, stable, weightPct } = look;
  if (!splitIsBroken({ share: weightPct / 100, canary: canary.requests, stable: stable.requests })) return null;
  return `${canary.requests} of ${canary.requests + stable.requests} requests reached the canary, commanded were ${weightPct} %`;
}

function missing({ canary, absoluteBound, ratioBound, k }: JudgeEvidence, limits: Limits, need: number): string[] {
  const counted = `${canary.errors} errors in ${canary.requests} canary requests`;
  const until = need === NEVER ? 'no number of requests passes at this rate' : `${need} more requests could pass`;
  if (k === null || absoluteBound === null) return [`between planned looks: ${counted}`, until];
  if (ratioBound === null)
    return [`${counted}: error rate below ${share(absoluteBound)}, SLO ${limits.sloErrorRate}`, until];
  return [`${counted}: ratio to stable below ${ratioBound.toFixed(2)}, pass limit ${limits.passRatio}`, until];
}

function share(value: number): string {
  return value.toPrecision(3);
}
