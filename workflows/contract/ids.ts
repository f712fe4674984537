import type { ModelName, RegionId } from '../../domain/ids';

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
