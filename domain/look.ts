/** Cumulative counts of one arm within one judged segment (one weight at one generation, summed over gateway nodes). */
export interface ArmCounts {
  readonly requests: number; // count
  readonly errors: number; // count, <= requests
  readonly slow: readonly number[]; // requests slower than each latency limit, <= requests
  readonly distinctClients: number; // count
}

/** When a canary is bad, when it is good enough, and how sure the judge must be. Defaults: `DEFAULT_LIMITS`. */
export interface Limits {
  readonly alpha: number; // false-alarm budget of one region's rollout: the promotion's divided by its regions; 0.01 before that
  readonly beta: number; // chance that a canary beyond the pass limit passes, over all planned looks; 0.01
  readonly sloErrorRate: number; // share of requests that may fail, 0.01
  readonly toleratedRatio: number; // canary's error rate over stable's that is no alarm, >= 1; 1.25
  readonly passRatio: number; // the ratio must be shown to lie below it, > 1; 2
  readonly latencyLimitsMs: readonly number[]; // 0 to 3, frozen when the promotion starts
  readonly minRequests: number; // floor of the absolute guard, and of a pass; 20
  readonly minErrors: number; // floor of the absolute guard; 3
  readonly minClients: number; // floor of the absolute guard: one broken client is no broken version; 2
}

/** Source: contract 8; the floors keep two or three early failures from being an alarm. */
export const DEFAULT_LIMITS: Limits = {
  alpha: 0.01,
  beta: 0.01,
  sloErrorRate: 0.01,
  toleratedRatio: 1.25,
  passRatio: 2,
  latencyLimitsMs: [],
  minRequests: 20,
  minErrors: 3,
  minClients: 2,
};

/**
 * ln E of finished segments: `evidence.lnE` of their last verdict. Order: errors, one a latency limit, then the two halves of the
 * absolute guard (above the SLO; worse than stable). What is missing at the end counts as 0, so `{ lnE: [] }` starts a rollout.
 */
export interface Carried {
  readonly lnE: readonly number[];
}

/** What a look found. */
export interface Look {
  readonly canary: ArmCounts; // after the flip: the new stable
  /** `concurrent`: stable served beside the canary; `frozen`: stable's counts from before the flip; `none`: nothing to compare with. */
  readonly baseline: 'concurrent' | 'frozen' | 'none';
  readonly stable: ArmCounts | null; // null if and only if baseline is none
  readonly weightPct: number; // commanded canary share, integer 1..100
  readonly carried: Carried;
  readonly plannedLook: number | null; // 1 at the end of the bake, one more with each extension; null: between planned looks, cannot pass
}

/** Tests that share alpha: errors, each latency limit, the absolute guard. Pure. */
export function testsOf({ latencyLimitsMs }: Pick<Limits, 'latencyLimitsMs'>): number {
  return latencyLimitsMs.length + 2;
}

/** What makes a look impossible to judge; empty where there is nothing. Pure and total: each check asks "is it sound?", so NaN is not. */
export function faultsOf(look: Look, limits: Limits): readonly string[] {
  return [...faultsOfLimits(limits), ...faultsOfLook(look, limits)];
}

function faultsOfLook({ canary, stable, baseline, weightPct, carried, plannedLook }: Look, limits: Limits): string[] {
  const faults = [...faultsOfArm('canary', canary, limits), ...(stable ? faultsOfArm('stable', stable, limits) : [])];
  if ((stable === null) !== (baseline === 'none'))
    faults.push(`baseline is ${baseline}, stable ${stable ? 'has' : 'has no'} counts`);
  if (!(isCount(weightPct) && weightPct >= 1 && weightPct <= 100))
    faults.push(`weight ${weightPct} is not an integer 1..100`);
  if (plannedLook !== null && !(isCount(plannedLook) && plannedLook >= 1))
    faults.push(`planned look ${plannedLook} is not 1, 2, ...`);
  if (!carried.lnE.every(Number.isFinite)) faults.push(`carried ln E ${carried.lnE.join(', ')} is not all numbers`);
  if (carried.lnE.length > testsOf(limits) + 1)
    faults.push(`carried ln E has ${carried.lnE.length} entries, other limits made them`);
  return faults;
}

function faultsOfArm(arm: string, { requests, errors, slow, distinctClients }: ArmCounts, limits: Limits): string[] {
  const faults: string[] = [];
  const parts: [string, number][] = slow.map((count, limit) => [`slower than limit ${limit + 1}`, count]);
  parts.push(['errors', errors]);
  for (const [name, count] of [...parts, ['requests', requests] as const, ['clients', distinctClients] as const]) {
    if (!isCount(count)) faults.push(`${arm}: ${name}: ${count} is not a count`);
  }
  for (const [name, count] of parts) {
    if (count > requests) faults.push(`${arm}: ${name}: ${count} of only ${requests} requests`);
  }
  const expected = limits.latencyLimitsMs.length;
  if (slow.length !== expected) faults.push(`${arm}: ${slow.length} slow counts for ${expected} latency limits`);
  return faults;
}

function faultsOfLimits(limits: Limits): string[] {
  const { alpha, beta, sloErrorRate, toleratedRatio, passRatio, latencyLimitsMs } = limits;
  const faults: string[] = [];
  for (const [name, share] of Object.entries({ alpha, beta, sloErrorRate })) {
    if (!(share > 0 && share < 1)) faults.push(`limits: ${name} ${share} is not between 0 and 1`);
  }
  if (!(toleratedRatio >= 1 && Number.isFinite(toleratedRatio)))
    faults.push(`limits: toleratedRatio ${toleratedRatio} is below 1`);
  if (!(passRatio > 1 && Number.isFinite(passRatio))) faults.push(`limits: passRatio ${passRatio} is not above 1`);
  if (latencyLimitsMs.length > 3) faults.push(`limits: ${latencyLimitsMs.length} latency limits, at most 3`);
  for (const name of ['minRequests', 'minErrors', 'minClients'] as const) {
    if (!isCount(limits[name])) faults.push(`limits: ${name} ${limits[name]} is not a count`);
  }
  return faults;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
