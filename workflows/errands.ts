import { CancellationScope, ParentClosePolicy, WorkflowIdReusePolicy, log, startChild } from '@temporalio/workflow';
import { getExternalWorkflowHandle } from '@temporalio/workflow';
import type { SignalDefinition } from '@temporalio/workflow';
import type { RegionId } from '../domain/ids';
import { CONTROL_QUEUE, rolloutId, type RolloutInput } from './contract';
import { faultOf } from './failures';
import { regionRollout } from './region-rollout';

/** One message for many rollouts. */
export interface TellRolloutsInput {
  readonly rollouts: readonly string[]; // workflow ids
  readonly signal: string;
  readonly args: readonly unknown[];
}

/** Starts rollouts for a promotion of many regions, so that its own history need not bear 3 events a region. @returns those that did not start */
export async function startRollouts(inputs: readonly RolloutInput[]): Promise<readonly RegionId[]> {
  const failed: RegionId[] = [];
  const starting = inputs.map(async (input) => {
    try {
      await startRollout(input);
    } catch (err) {
      if (isThereAlready(err)) return; // by an errand that was terminated: nobody else has this epoch
      log.warn('a rollout did not start', { region: input.region, why: faultOf(err).text });
      failed.push(input.region);
    }
  });
  await Promise.all(starting);
  return failed;
}

/** Carries a promotion's message to many rollouts, so that its own history need not bear 2 events a region. */
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

/** Sends a message that survives cancellation. A rollout that has ended hears nothing, and need not. */
export async function tellRollout<Args extends unknown[]>(
  rollout: string,
  signal: SignalDefinition<Args> | string,
  ...args: Args
): Promise<void> {
  const sent = CancellationScope.nonCancellable(() => getExternalWorkflowHandle(rollout).signal(signal, ...args));
  await sent.catch((err: unknown) => log.info('a rollout did not hear a message', { rollout, err }));
}

function isThereAlready(err: unknown): boolean {
  return err instanceof Error && err.name === 'WorkflowExecutionAlreadyStartedError';
}
