import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Roster } from '../domain/approval';
import type { ValidationEvidence } from '../domain/evidence';
import type { Digest, ModelName, NodeId, RegionId } from '../domain/ids';
import type { JudgeEvidence } from '../domain/judge';
import type { CanaryStep, Freeze, ValidationPolicy } from '../domain/model-policy';
import type { Phase, PromotionOutcome, Reason, RegionOutcome } from '../domain/phase';
import type { Gate, PlannedPromotion, WatchPolicy } from '../domain/plan';

/** Workflows are polled by the control worker; a region's worker polls for activities only. */
export const CONTROL_QUEUE = 'control';
export const regionQueue = (region: RegionId): string => `region.${region}`;
/** Work that needs the accelerator: one at a time. */
export const gpuQueue = (region: RegionId): string => `region.${region}.gpu`;

export const lineId = (model: ModelName): string => `line/${model}`;
export const promotionId = (model: ModelName, epoch: number): string => `promotion/${model}/${epoch}`;
export const rolloutId = (model: ModelName, epoch: number, region: RegionId): string =>
  `rollout/${model}/${epoch}/${region}`;
/** A child that starts or tells many rollouts for their promotion. */
export const fanOutId = (model: ModelName, epoch: number, fanOut: number | string): string =>
  `fan-out/${model}/${epoch}/${fanOut}`;
/** A child that asks some of many regions what they hold, for the line of a model. */
export const surveyId = (model: ModelName, turn: number, part: number): string => `survey/${model}/${turn}/${part}`;

/** An operator's or starter's signed statement: compact JWS (EdDSA) over `Statement` of domain/approval.ts. */
export interface Signed {
  readonly statement: string;
}

// ---- modelLine: `line/<model>` ----

export type OfferSource = 'registry' | 'operator' | 'rollback';
/** A digest that wants to be promoted. Recorded by the line before its first await. */
export interface Offer {
  readonly digest: Digest;
  readonly id: string; // of the hook, poll or request: one id, one offer
  readonly source: OfferSource;
  readonly statement?: string; // signed start; required unless the registry offers
  readonly planHash?: string; // what the person was shown, as the statement says too; changed meanwhile -> refused as `PlanChanged`
  readonly checkedAtMs?: number; // the line's own note: when its statement was checked, and used; it may wait for its turn longer than it lasts
}
export type OfferAnswer =
  | { readonly kind: 'started'; readonly promotion: string; readonly epoch: number; readonly planHash: string }
  | { readonly kind: 'queued'; readonly behind: string | null; readonly why: string }
  | { readonly kind: 'folded'; readonly into: 'live' | 'queued' | 'in-flight'; readonly promotion: string | null }
  | { readonly kind: 'denied'; readonly why: string }
  | { readonly kind: 'refused'; readonly why: string };

/** A digest whose promotion did not end live; not retried until a person releases it. */
export interface Denial {
  readonly reason: Reason;
  readonly epoch: number;
  readonly at: string; // ISO 8601
}
export interface CurrentPromotion {
  readonly id: string;
  readonly epoch: number;
  readonly offer: Offer;
  readonly version: string;
  readonly planHash: string;
  readonly starter: string; // actor id, or `registry`
  readonly startedAt: string; // ISO 8601
  readonly regions: readonly RegionId[];
  readonly unclean?: readonly RegionId[]; // once a hotfix passed it: the regions that the hotfix leaves out
}
export interface LineState {
  readonly epoch: number; // highest handed out; 0: not asked yet
  readonly queue: readonly Offer[];
  readonly current: CurrentPromotion | null;
  readonly beside: readonly CurrentPromotion[]; // held or stuck promotions that a hotfix passed
  readonly live: Digest | null; // what the last promotion that ended live brought
  readonly denied: Readonly<Record<Digest, Denial>>;
  readonly freezes: readonly Freeze[];
  readonly held: string | null; // why nothing starts; null: not held
  readonly history: readonly { readonly digest: Digest; readonly epoch: number; readonly outcome: string }[]; // newest first, at most 20
  readonly usedJtis: readonly string[]; // newest first, at most 2,000
  readonly roster: Roster | null;
}
export interface ModelLineInput {
  readonly model: ModelName;
  readonly state?: LineState;
  readonly lookMs?: number; // how often it looks after its promotion and at freezes; default a minute
}
export interface PlanRequest {
  readonly digest?: Digest; // default: what the first followed tag points to
}

export const offerUpdate = defineUpdate<OfferAnswer, [Offer]>('offer');
/** Resolves a plan and starts nothing. */
export const planUpdate = defineUpdate<PlannedPromotion, [PlanRequest]>('plan');
export const releaseUpdate = defineUpdate<string, [Signed]>('release');
export const freezeUpdate = defineUpdate<string, [Signed]>('freeze');
export const thawUpdate = defineUpdate<string, [Signed]>('thaw');
export const holdUpdate = defineUpdate<string, [Signed]>('hold');
export const resumeLineUpdate = defineUpdate<string, [Signed]>('resume');
export const lineQuery = defineQuery<LineState>('line');

/** promotion -> line. Only that of the current epoch frees the lane. */
export interface Ended {
  readonly epoch: number;
  readonly outcome: PromotionOutcome;
  readonly reason: Reason | null;
  readonly staleEpoch: number | null; // a region had seen a higher epoch: the line takes it + 1 and starts again
}
export const endedSignal = defineSignal<[Ended]>('ended');

// ---- promotion: `promotion/<model>/<epoch>` ----

export interface PromotionInput {
  readonly model: ModelName;
  readonly epoch: number;
  readonly planned: PlannedPromotion;
  readonly repository: string;
  readonly starter: string; // actor id, or `registry`, which never counts as an approver
  readonly starterKey: string | null; // the key the start was signed with
  readonly roster: Roster;
}
export type PromotionPhase =
  'uploading' | 'rolling-out' | 'awaiting' | 'committing' | 'aborting' | 'rolling-back' | 'held' | 'stuck' | 'ended';

export interface GateStatus {
  readonly gate: Gate;
  readonly approvedBy: readonly string[]; // actor ids that count
  readonly open: boolean;
  readonly expiresAtMs: number | null; // set once a region waits at it
}
export interface RegionStatus {
  readonly region: RegionId;
  readonly attempt: number;
  readonly phase: Phase | 'pending';
  readonly outcome: RegionOutcome | null;
  readonly reason: Reason | null;
  readonly unreachableSinceMs: number | null;
  readonly safeAtMs: number | null; // when its route was read back as found
}
export interface PromotionStatus {
  readonly id: string;
  readonly model: ModelName;
  readonly epoch: number;
  readonly digest: Digest;
  readonly version: string;
  readonly planHash: string;
  readonly starter: string;
  readonly phase: PromotionPhase;
  readonly waitsFor: string; // one sentence; empty when it waits for nobody but its regions
  readonly paused: boolean;
  readonly committed: boolean;
  readonly outcome: PromotionOutcome | null;
  readonly reason: Reason | null;
  readonly startedAtMs: number;
  readonly deadlineAtMs: number; // end of the convergence window
  readonly timeToSafeMs: number | null; // from the breach or the accepted abort to the last read-back
  readonly waves: readonly (readonly RegionId[])[];
  readonly wave: number; // 1-based; the newest that has started
  readonly regions: readonly RegionStatus[];
  readonly gates: readonly GateStatus[];
}
export const statusQuery = defineQuery<PromotionStatus>('status');

/** Each checks the statement in its validator: a refusal says why and leaves no trace in history. Each answers with one sentence. */
export const approveUpdate = defineUpdate<string, [Signed]>('approve');
export const rejectUpdate = defineUpdate<string, [Signed]>('reject');
export const pauseUpdate = defineUpdate<string, [Signed]>('pause');
export const resumeUpdate = defineUpdate<string, [Signed]>('resume');
/** Answers when every rollout has reported `rolling-back` or has nothing under way; no forward effect starts after that. */
export const abortUpdate = defineUpdate<string, [Signed]>('abort');
export const extendBakeUpdate = defineUpdate<string, [Signed]>('extendBake');
export const retryRegionUpdate = defineUpdate<string, [Signed]>('retryRegion');
export const skipRegionUpdate = defineUpdate<string, [Signed]>('skipRegion');

/** rollout -> promotion. Duplicates and lower `seq` of the same attempt are dropped. */
export interface Report {
  readonly region: RegionId;
  readonly epoch: number;
  readonly attempt: number;
  readonly seq: number; // rises with every report of the attempt
  readonly phase: Phase;
  readonly gate: 'canary' | 'flip' | null; // the gated point it waits at; null: at none
  readonly prepared: number; // the newest round whose last look was healthy; 0: none
  readonly outcome: RegionOutcome | null;
  readonly reason: Reason | null;
  readonly staleEpoch: number | null;
  readonly unreachableSinceMs: number | null;
  readonly breachAtMs: number | null; // the look whose verdict was `regressed`, workflow clock
  readonly safeAtMs: number | null; // the route read back as found, workflow clock
  readonly awaitsData: boolean; // held only until its counters can be read again: it goes on by itself
  readonly refusedAsk: number; // the newest `ask` to skip it that it refused; 0: none
  readonly mayAccept: boolean; // nothing of ours serves the new version there: what is left undone may be accepted
}
export const reportSignal = defineSignal<[Report]>('report');

// ---- regionRollout: `rollout/<model>/<epoch>/<region>` ----

export interface RolloutInput {
  readonly model: ModelName;
  readonly epoch: number;
  readonly attempt: number; // one more with each retry; part of the claims' holder
  readonly region: RegionId;
  readonly freight: Digest;
  readonly version: string;
  readonly steps: readonly CanaryStep[];
  readonly mode: 'split' | 'mirror';
  readonly flipBakeMs: number;
  readonly watch: WatchPolicy;
  readonly validation: ValidationPolicy;
  readonly gated: readonly ('canary' | 'flip')[]; // points at which it waits for `advance`
  readonly holdMs: number;
  readonly patienceMs: number;
  readonly keepPrevious: number;
  readonly fastTrack: boolean;
}
/** What one weight (or the flip) showed. */
export interface StepRecord {
  readonly weightPct: number; // 100: after the flip
  readonly verdict: string; // kind of the last verdict
  readonly reasons: readonly string[];
  readonly evidence: JudgeEvidence | null;
  readonly extensions: number;
}
export interface RolloutStatus {
  readonly region: RegionId;
  readonly attempt: number;
  readonly phase: Phase;
  readonly phases: readonly { readonly phase: Phase; readonly atMs: number }[];
  readonly outcome: RegionOutcome | null;
  readonly reason: Reason | null;
  readonly found: Readonly<Record<NodeId, Digest | null>> | null; // stable of each node before we touched it
  readonly weightPct: number; // 0: no canary; 100: flipped
  readonly steps: readonly StepRecord[];
  readonly validation: ValidationEvidence | null;
  readonly bytesTotal: number | null;
  readonly bytesMoved: number | null;
  readonly replicateMs: number | null;
  readonly waitsFor: string;
  readonly heldUntilMs: number | null;
  readonly unreachableSinceMs: number | null;
  readonly notUndone: readonly string[]; // names of the undos still owed, newest first; empty unless rolling back or stuck
  readonly breachAtMs: number | null;
  readonly safeAtMs: number | null;
}
export const rolloutQuery = defineQuery<RolloutStatus>('rollout');

export const advanceSignal = defineSignal<[{ readonly to: 'canary' | 'flip' }]>('advance');
/** Pause and resume may overtake each other: the highest turn counts. */
export interface Turn {
  readonly turn: number;
}
export const pauseSignal = defineSignal<[Turn]>('pause');
export const resumeSignal = defineSignal<[Turn]>('resume');
/** The way back: with the whole promotion, or alone (`skipped`), because the window is over or because a person asked so. */
export interface WayBack {
  readonly reason: Reason;
  readonly skipped?: boolean;
  readonly ask?: number; // of a person, counted from 1: refused where the region serves the new version
}
export const rollBackSignal = defineSignal<[WayBack]>('rollBack');
/** A round of last looks before the commit, counted from 1: what was said in an earlier one no longer counts. */
export interface Round {
  readonly round: number;
}
export const prepareFinalizeSignal = defineSignal<[Round]>('prepareFinalize');
/** Not all have answered the round in its time: it is void, and who has given a last look guards again until it is asked anew. */
export const guardSignal = defineSignal<[Round]>('guard');
export const finalizeSignal = defineSignal('finalize');
/** A person's answer: undo once more or start the step again (`retry`), leave what is left (`accept`), bake longer (`extend`). */
export type Settlement = 'retry' | 'accept' | 'extend';
export const settleSignal = defineSignal<[{ readonly choice: Settlement }]>('settle');

// ---- registryWatch: schedule `watch/<registry>/<repository>` ----

export interface RegistryWatchInput {
  readonly models: readonly ModelName[]; // those that follow the repository
}
