import type { Digest } from './ids';

/** Where a golden set was answered; evidence holds for this hardware only. */
export interface Fingerprint {
  readonly runtime: string; // name and version
  readonly platform: string; // e.g. `linux-x64`, execution provider
  readonly hardware: string; // CPU or GPU model
  readonly driver: string; // empty where there is none
}
/** The worst element of one output over all cases. */
export interface WorstError {
  readonly caseId: string;
  readonly output: string;
  readonly absolute: number; // |actual - expected|; NaN where the answer is not a number
  readonly allowed: number; // atol + rtol * |expected|
}
/** What a golden set showed, before any user traffic. Keyed by (freight, golden set, fingerprint). */
export interface ValidationEvidence {
  readonly freight: Digest;
  readonly goldenSet: Digest | null;
  readonly fingerprint: Fingerprint;
  readonly cases: number;
  readonly agreed: number; // cases all of whose outputs agree
  readonly worst: readonly WorstError[]; // one an output, worst first
  readonly casesPerSecond: number;
  readonly problems: readonly string[]; // named failures: a shape, a type, an output that is missing, a runtime's refusal; at most 20
}
export type ValidationVerdict =
  | { readonly kind: 'pass'; readonly evidence: ValidationEvidence }
  | { readonly kind: 'failed'; readonly evidence: ValidationEvidence; readonly reasons: readonly string[] };

/** Judges what the golden set showed. Pure, total, fails closed: NaN never passes, and no case is no pass unless there is no golden set. */
export function judgeEvidence(
  evidence: ValidationEvidence,
  { minCasesPerSecond }: { readonly minCasesPerSecond: number },
): ValidationVerdict {
  const reasons = [...evidence.problems];
  const { cases, agreed, goldenSet, casesPerSecond } = evidence;
  if (goldenSet !== null && !(cases > 0 && agreed === cases)) {
    const worst = evidence.worst[0];
    const where = worst
      ? `; worst: case ${worst.caseId}, output ${worst.output}, off by ${format(worst.absolute)} where ${format(worst.allowed)} is allowed`
      : '';
    reasons.push(`${agreed} of ${cases} golden cases agree${where}`);
  }
  if (minCasesPerSecond > 0 && !(casesPerSecond >= minCasesPerSecond)) {
    reasons.push(`${format(casesPerSecond)} cases a second, the floor is ${minCasesPerSecond}`);
  }
  return reasons.length === 0 ? { kind: 'pass', evidence } : { kind: 'failed', evidence, reasons };
}

function format(value: number): string {
  return Number.isFinite(value) ? value.toPrecision(4) : 'not a number'; // NaN and infinity arrive as null through JSON
}
