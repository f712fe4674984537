/** Every message and query of the workflows, and how they are found: all of `workflows/` that api and cli see. */
export { CONTROL_QUEUE, gpuQueue, regionQueue } from './ids';
export { fanOutId, lineId, promotionId, rolloutId, surveyId } from './ids';
export type { Signed } from './signed';

export type { CurrentPromotion, Denial, Ended, LineState, ModelLineInput } from './line';
export type { Offer, OfferAnswer, OfferSource, PlanRequest } from './line';
export { configuredSignal, endedSignal, lineQuery, offerUpdate, planUpdate } from './line';
export { freezeUpdate, holdUpdate, releaseUpdate, resumeLineUpdate, thawUpdate } from './line';

export type { PromotionInput, PromotionPhase, PromotionStatus } from './promotion';
export type { GateStatus, RegionStatus, Report } from './promotion';
export { reportSignal, statusQuery } from './promotion';
export { abortUpdate, approveUpdate, pauseUpdate, rejectUpdate, resumeUpdate } from './promotion';
export { extendBakeUpdate, retryRegionUpdate, skipRegionUpdate } from './promotion';

export type { RolloutInput, RolloutStatus, StepRecord } from './rollout';
export type { Round, Settlement, Turn, WayBack } from './rollout';
export { advanceSignal, finalizeSignal, guardSignal, prepareFinalizeSignal, rolloutQuery } from './rollout';
export { pauseSignal, resumeSignal, rollBackSignal, settleSignal } from './rollout';
