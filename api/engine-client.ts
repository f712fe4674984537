import type { ModelName, RegionId } from '../domain/ids';
import type { PlannedPromotion } from '../domain/plan';
import type { LineState, Offer, OfferAnswer, PlanRequest, PromotionStatus, RolloutStatus } from '../workflows/contract';

export const PROMOTION_VERBS = [
  ...(['approve', 'reject', 'pause', 'resume', 'abort', 'extendBake', 'retryRegion', 'skipRegion'] as const),
] as const;
export type PromotionVerb = (typeof PROMOTION_VERBS)[number];

export const LINE_VERBS = ['release', 'freeze', 'thaw', 'hold', 'resume'] as const;
export type LineVerb = (typeof LINE_VERBS)[number];

/** An activity that is under way: what it said of itself last is the live evidence of its region. */
export interface PendingActivity {
  readonly activity: string;
  readonly state: 'waiting' | 'running' | 'cancelling';
  readonly attempt: number;
  readonly lastHeartbeatAtMs: number | null;
  readonly progress: unknown; // what it heartbeat; null: nothing yet
  readonly lastFailure: string | null; // of the attempt before
}
export interface PromotionKey {
  readonly model: ModelName;
  readonly epoch: number;
}

/**
 * The journeys, as the api speaks to them. An answer comes within 5 s; of an update within 60 s.
 * Every method: @throws `EngineUnavailable` when Temporal does not answer; `ApiError` 503 `WorkerUnavailable` when it does and the
 * control worker does not, 404 `NotFound` for a workflow that is not there, 409 or 403 with the words of the validator that refused,
 * 504 `StillRunning` for an update that was taken and has no answer yet.
 */
export interface EngineClient {
  readonly address: string; // for people, in messages
  /** Starts the line if need be. Idempotent by digest and the offer's id. */
  offer(model: ModelName, offer: Offer): Promise<OfferAnswer>;
  plan(model: ModelName, request: PlanRequest): Promise<PlannedPromotion>;
  line(model: ModelName): Promise<LineState>;
  updateLine(model: ModelName, verb: LineVerb, statement: string): Promise<string>;
  status(promotion: PromotionKey): Promise<PromotionStatus>;
  rollout(promotion: PromotionKey, region: RegionId): Promise<RolloutStatus>;
  /** What a region's rollout has under way; without a region, the promotion itself: the upload into the hub. */
  pending(promotion: PromotionKey, region?: RegionId): Promise<readonly PendingActivity[]>;
  updatePromotion(promotion: PromotionKey, verb: PromotionVerb, statement: string): Promise<string>;
  /** Whether Temporal answers, within 2 s. */
  check(): Promise<void>;
  close(): Promise<void>;
}
