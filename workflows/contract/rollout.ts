// What `regionRollout` takes, answers and tells; workflow `rollout/<model>/<epoch>/<region>`.
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { ValidationEvidence } from '../../domain/evidence';
import type { Digest, ModelName, NodeId, RegionId } from '../../domain/ids';
import type { JudgeEvidence } from '../../domain/judge';
import type { CanaryStep, ValidationPolicy } from '../../domain/model-policy';
import type { Phase, Reason, RegionOutcome } from '../../domain/phase';
import type { WatchPolicy } from '../../domain/plan';

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
