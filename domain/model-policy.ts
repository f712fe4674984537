import type { ModelName, RegionId } from './ids';
import type { Limits } from './judge';

/** One (weight, bake) pair of a canary. */
export interface CanaryStep {
  readonly weightPct: number; // canary share of traffic, integer 1..99, rising from step to step
  readonly bakeMs: number; // milliseconds held before the step may pass
}
/** A point where a promotion waits for a yes. A gate never stops a rollback. */
export interface GatePolicy {
  readonly id: string; // unique in the model, e.g. `eu-change-board`
  readonly before: 'canary' | 'flip'; // the point at which the regions wait
  readonly scope:
    | { readonly kind: 'wave'; readonly wave: number } // 1-based
    | { readonly kind: 'region'; readonly region: RegionId }
    | { readonly kind: 'jurisdiction'; readonly jurisdiction: string };
  readonly quorum: number; // distinct approvers, the starter not counted; >= 1
  readonly approvers?: readonly string[]; // actor ids whose yes it takes; absent: every approver of the roster
}
/** How closely answers must agree with the golden set: |actual - expected| <= atol + rtol * |expected|, element by element. */
export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}
export interface ValidationPolicy {
  readonly tolerance: Tolerance; // for outputs that the golden set gives no comparison of their own
  readonly minCasesPerSecond: number; // speed floor; 0: none
}
export type NewDigestPolicy = 'queue' | 'supersede' | 'reject' | 'hotfix';
export type DeadlinePolicy = 'hold' | 'rollBack' | 'proceed';

/** Nothing starts while it holds; what is under way goes on, and a rollback always may start (docs/adr/006). */
export interface Freeze {
  readonly from: string; // ISO 8601 with offset
  readonly until: string;
  readonly reason: string;
}

/** `models/<name>.yaml` with every default filled in. */
export interface ModelPolicy {
  readonly model: ModelName;
  readonly source: { readonly repository: string; readonly tags: readonly string[] };
  readonly placement: readonly RegionId[] | 'all';
  readonly waves: readonly (readonly RegionId[])[]; // empty: one wave of all
  readonly windowMs: number; // eventual consistency: all regions converge within it
  readonly deadline: DeadlinePolicy;
  readonly steps: readonly CanaryStep[]; // none: blue/green
  readonly flipBakeMs: number;
  readonly lookMs: number; // one look a second by default
  readonly leaseMs: number; // >= heartbeat timeout (5 s) + 10 s
  readonly mode: 'split' | 'mirror';
  readonly limits: Limits;
  readonly validation: ValidationPolicy;
  readonly gates: readonly GatePolicy[];
  readonly approvalExpiryMs: number; // a gate nobody answered by then counts as rejected
  readonly holdMs: number; // how long `held` waits before it is rolled back
  readonly patienceMs: number; // how long a region's worker may be silent before forward work gives up
  readonly onNewDigest: NewDigestPolicy;
  readonly keepPrevious: number; // versions before the current one that stay reconstructible in the region
  readonly freezes: readonly Freeze[];
  readonly pollMs: number; // the registry watch's period; 0: hooks alone
}
