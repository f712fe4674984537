/**
 * Stands in for '@temporalio/workflow' and '@temporalio/activity': Jest maps both here in this project alone. Several workflows and
 * their activities run on one seeded scheduler with virtual time. When a journey uses a new name, it is learned here in the same change.
 */
export { ActivityFailure, ApplicationFailure, TimeoutFailure, rootCause } from '@temporalio/common';
export { Context } from './sdk/activity-names';
export { isCancellation } from './sdk/cancellation';
export {
  ActivityCancellationType,
  CancellationScope,
  CancelledFailure,
  ParentClosePolicy,
  WorkflowIdReusePolicy,
  allHandlersFinished,
  patched,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  getExternalWorkflowHandle,
  log,
  proxyActivities,
  setHandler,
  sleep,
  startChild,
  workflowInfo,
} from './sdk/workflow-names';
