import { ParentClosePolicy, WorkflowIdReusePolicy, startChild } from '@temporalio/workflow';
import { CONTROL_QUEUE, type PromotionInput } from './contract';
import { promotion } from './promotion';

/** Starts a promotion beside its line. @returns false where one of that epoch is there already: of a line that was lost */
export async function startPromotion(workflowId: string, input: PromotionInput): Promise<boolean> {
  try {
    await startChild(promotion, {
      workflowId,
      args: [input],
      taskQueue: CONTROL_QUEUE,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
    });
    return true;
  } catch (err) {
    if (err instanceof Error && err.name === 'WorkflowExecutionAlreadyStartedError') return false;
    throw err;
  }
}
