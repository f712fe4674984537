import * as wf from '@temporalio/workflow';
import {
  lineQuery,
  offerUpdate,
  rolloutQuery,
  statusQuery,
  type LineState,
  type Offer,
  type PromotionStatus,
  type RolloutStatus,
} from '../../workflows/contract';

export const endSignal = wf.defineSignal('end');

/** A journey that goes on until it is told to end, and then returns its input. */
export async function waits(value: string): Promise<string> {
  let ended = false;
  wf.setHandler(endSignal, () => void (ended = true));
  await wf.condition(() => ended);
  return value;
}

/** One with a child that outlives it. */
export async function waitsWithChild(value: string): Promise<string> {
  const { workflowId } = wf.workflowInfo();
  await wf.startChild(waits, { workflowId: `${workflowId}/child`, args: [''], parentClosePolicy: 'ABANDON' });
  return waits(value);
}

/** A promotion as far as its status goes. */
export async function promotion(status: PromotionStatus): Promise<string> {
  wf.setHandler(statusQuery, () => status);
  return waits('');
}

/** A rollout as far as its status goes. */
export async function rollout(status: RolloutStatus): Promise<RolloutStatus['outcome']> {
  wf.setHandler(rolloutQuery, () => status);
  await waits('');
  return status.outcome;
}

/** A line as far as its queue goes: it takes every offer, and does not fold any. */
export async function modelLine(): Promise<string> {
  const queue: Offer[] = [];
  const state = { live: null, denied: {}, queue, current: null, beside: [] };
  wf.setHandler(lineQuery, () => state as unknown as LineState);
  wf.setHandler(offerUpdate, (offer) => {
    queue.push(offer);
    return { kind: 'queued' } as never;
  });
  return waits('');
}
