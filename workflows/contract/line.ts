// What `modelLine` takes, answers and tells; workflow `line/<model>`.
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Roster } from '../../domain/approval';
import type { Digest, ModelName, RegionId } from '../../domain/ids';
import type { Freeze } from '../../domain/model-policy';
import type { PromotionOutcome, Reason } from '../../domain/phase';
import type { PlannedPromotion } from '../../domain/plan';
import type { Signed } from './signed';

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
/** control worker -> line: the model's file or the roster has changed; the line reads both. */
export const configuredSignal = defineSignal('configured');
