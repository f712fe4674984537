import type { Freight } from './freight';
import type { Digest, ModelName, RegionId } from './ids';
import type { Limits } from './judge';
import type { CanaryStep, DeadlinePolicy, ValidationPolicy } from './model-policy';

/** The most regions that one promotion takes, so that its history stays below 4,096 events (contract 1). */
export const MAX_REGIONS = 500;

/** A gate with its regions resolved. */
export interface Gate {
  readonly id: string;
  readonly before: 'canary' | 'flip';
  readonly regions: readonly RegionId[];
  readonly quorum: number;
  readonly approvers?: readonly string[]; // actor ids whose yes it takes; absent: every approver of the roster
}
/** How a region is watched and judged. */
export interface WatchPolicy {
  readonly lookMs: number;
  readonly leaseMs: number;
  readonly limits: Limits; // alpha already divided by the number of regions
}
/**
 * What one promotion does: plain data, resolved before anything moves, frozen when the promotion starts. What decides in it is hashed:
 * the hash is what approvals are bound to (contract 7). The forecast stands beside it.
 */
export interface Plan {
  readonly model: ModelName;
  readonly freight: Freight;
  readonly fleetDigest: Digest; // of the fleet file as installed
  readonly policyDigest: Digest; // of the model file as installed
  readonly waves: readonly (readonly RegionId[])[];
  readonly jurisdictions: Readonly<Record<RegionId, string>>;
  readonly steps: readonly CanaryStep[]; // none: blue/green
  readonly mode: 'split' | 'mirror';
  readonly flipBakeMs: number;
  readonly watch: WatchPolicy;
  readonly validation: ValidationPolicy;
  readonly gates: readonly Gate[];
  readonly approvalExpiryMs: number;
  readonly holdMs: number;
  readonly patienceMs: number;
  readonly windowMs: number;
  readonly deadline: DeadlinePolicy;
  readonly keepPrevious: number;
  readonly fastTrack: boolean; // a rollback to a freight that was live here within retention: validation and canary skipped
}
/** What a region would have to do; `bytes: null` where its inventory could not be asked within 10 s, with the reason. */
export interface RegionForecast {
  readonly region: RegionId;
  readonly bytesTotal: number;
  readonly bytesToMove: number | null;
  readonly transferMs: number | null;
  readonly costUsd: number | null;
  readonly bakeMs: number; // steps and flip, without extensions
  readonly requestsNeeded: readonly number[]; // canary requests a step needs when no error is seen
  readonly firstVersion: boolean | null; // no stable to compare with: absolute guards alone
  readonly warnings: readonly string[];
}
export interface Forecast {
  readonly regions: readonly RegionForecast[];
}
export interface PlannedPromotion {
  readonly plan: Plan;
  readonly planHash: string; // `sha256:` over RFC 8785 JSON of the plan
  readonly forecast: Forecast;
}

/** The regions of a plan in wave order. Pure. */
export function regionsOf({ waves }: Pick<Plan, 'waves'>): readonly RegionId[] {
  return waves.flat();
}

/** The gates that a region must have open before it passes a point. Pure. */
export function gatesOf({ gates }: Pick<Plan, 'gates'>, region: RegionId, before: Gate['before']): readonly Gate[] {
  return gates.filter((gate) => gate.before === before && gate.regions.includes(region));
}
