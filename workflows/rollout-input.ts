import type { RegionId } from '../domain/ids';
import { gatesOf } from '../domain/plan';
import type { PromotionInput, RolloutInput } from './contract';

/** What one region needs of the plan: small, for a promotion hands it to as many as 500. Pure. */
export function rolloutInput({ model, epoch, planned }: PromotionInput, region: RegionId): RolloutInput {
  const { plan } = planned;
  const { steps, mode, flipBakeMs, watch, validation, holdMs, patienceMs, keepPrevious, fastTrack } = plan;
  const { digest: freight, version } = plan.freight;
  const gated = (['canary', 'flip'] as const).filter((point) => gatesOf(plan, region, point).length > 0);
  const who = { model, epoch, attempt: 1, region, freight, version, gated };
  return { ...who, steps, mode, flipBakeMs, watch, validation, holdMs, patienceMs, keepPrevious, fastTrack };
}
