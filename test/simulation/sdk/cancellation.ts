import { ActivityFailure, CancelledFailure, ChildWorkflowFailure } from '@temporalio/common';

/** As the SDK's: also when the cancellation arrives wrapped. */
export function isCancellation(err: unknown): boolean {
  if (err instanceof CancelledFailure) return true;
  return (err instanceof ActivityFailure || err instanceof ChildWorkflowFailure) && isCancellation(err.cause);
}
