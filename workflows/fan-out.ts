import { CancellationScope, ParentClosePolicy, WorkflowIdReusePolicy, log } from '@temporalio/workflow';
import { getExternalWorkflowHandle, startChild, type SignalDefinition } from '@temporalio/workflow';
import type { RegionId } from '../domain/ids';
import { CONTROL_QUEUE, rolloutId, type RolloutInput } from './contract';
import { faultOf } from './failures';
import { regionRollout } from './region-rollout';

/**
 * So many regions a workflow starts, tells or asks by itself: 3, 2 and 3 events of its history each. To more it fans out by a child, which
 * bears those events: 500 regions would bring a promotion to 6,411 events, beyond 4,096 (test/workflow/events.test.ts).
 */
export const BY_ITSELF = 5;

/** One message for many rollouts. */
export interface TellRolloutsInput {
  readonly rollouts: readonly string[]; // workflow ids
  readonly signal: string;
  readonly args: readonly unknown[];
}

/** Fans out for a promotion of many regions, whose own history then need not bear 3 events a region. @returns those that did not start */
export async function startRollouts(inputs: readonly RolloutInput[]): Promise<readonly RegionId[]> {
  const failed: RegionId[] = [];
  const starting = inputs.map(async (input) => {
    try {
      await startRollout(input);
    } catch (err) {
      if (isThereAlready(err)) return; // by a fan-out that was terminated: nobody else has this epoch
      log.warn('a rollout did not start', { region: input.region, why: faultOf(err).text });
      failed.push(input.region);
    }
  });
  await Promise.all(starting);
  return failed;
}

/** Fans out a promotion's message, so that its own history need not bear 2 events a region. */
export async function tellRollouts({ rollouts, signal, args }: TellRolloutsInput): Promise<void> {
  await Promise.all(rollouts.map((id) => tellRollout(id, signal, ...args)));
}

export async function startRollout(input: RolloutInput): Promise<void> {
  const { model, epoch, region } = input;
  const options = {
    workflowId: rolloutId(model, epoch, region),
    taskQueue: CONTROL_QUEUE,
    parentClosePolicy: ParentClosePolicy.ABANDON,
    workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
  };
  await CancellationScope.nonCancellable(() => startChild(regionRollout, { ...options, args: [input] }));
}

/** Sends a message that survives cancellation. A rollout that has ended hears nothing, and need not. @returns whether it was there */
export async function tellRollout<Args extends unknown[]>(
  rollout: string,
  signal: SignalDefinition<Args> | string,
  ...args: Args
): Promise<boolean> {
  const sent = CancellationScope.nonCancellable(() => getExternalWorkflowHandle(rollout).signal(signal, ...args));
  return sent.then(
    () => true,
    (err: unknown) => {
      log.info('a rollout did not hear a message', { rollout, err });
      return false;
    },
  );
}

function isThereAlready(err: unknown): boolean {
  return err instanceof Error && err.name === 'WorkflowExecutionAlreadyStartedError';
}
