// What `promotion` takes, answers and tells; workflow `promotion/<model>/<epoch>`.
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Roster } from '../../domain/approval';
import type { Digest, ModelName, RegionId } from '../../domain/ids';
import type { Phase, PromotionOutcome, Reason, RegionOutcome } from '../../domain/phase';
import type { Gate, PlannedPromotion } from '../../domain/plan';
import type { Signed } from './signed';

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
