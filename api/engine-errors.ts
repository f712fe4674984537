import {
  isGrpcDeadlineError,
  isGrpcServiceError,
  QueryNotRegisteredError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { Failure } from '../domain/failures';
import { ApiError, errorOfFailure } from './errors';

interface Asked {
  readonly workflowId: string;
  readonly isUpdate: boolean;
  readonly isReachable?: boolean; // Temporal was asked after the call failed, and answered
}

const FAILED_PRECONDITION = 9; // gRPC's code for Temporal's `WorkflowNotReady`

// Names under which validators refuse a person rather than what he asks for.
const FORBIDDEN: readonly string[] = ['Forbidden', 'AccessDenied'];

export function unavailable(address: string, cause: unknown): Failure {
  const why = isGrpcDeadlineError(cause) ? 'no answer in time' : cause instanceof Error ? cause.message : String(cause);
  const message =
    `Temporal at ${address} does not answer (${why}); ` +
    'check that it runs there, that TEMPORAL_ADDRESS is right and that nothing in between refuses the connection';
  return new Failure('EngineUnavailable', message, { cause });
}

/**
 * Whether the server gave an update back untaken: the workflow task that carried it failed, as happens when it comes in while a line
 * continues as new. Sent again under its id it is taken once. Pure.
 */
export function wasGivenBack(error: unknown): boolean {
  const cause = causeOf(error);
  return isGrpcServiceError(cause) && cause.code === FAILED_PRECONDITION;
}

/** What an error of the client means; undefined where that depends on whether Temporal can be reached. Pure. */
export function engineError(
  error: unknown,
  { workflowId, isUpdate, isReachable = false }: Asked,
): ApiError | undefined {
  if (error instanceof WorkflowNotFoundError) {
    return new ApiError(404, 'NotFound', `there is no ${workflowId}, or it has ended`, 'see GET /v1/promotions');
  }
  if (error instanceof WorkflowUpdateFailedError) return refusalOf(error);
  if (error instanceof QueryNotRegisteredError) {
    return new ApiError(503, 'WorkerUnavailable', error.message, 'the control worker is of another build: update it');
  }
  if (!isReachable) return undefined;
  const isWaiting = error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isGrpcServiceError(causeOf(error));
  if (!isWaiting) return undefined;
  const remedy = 'check that the control worker runs and polls the queue `control`';
  if (isUpdate) {
    const message = `${workflowId} has not answered yet; what was asked may still be done`;
    return new ApiError(504, 'StillRunning', message, `look at its status; ${remedy}`);
  }
  return new ApiError(503, 'WorkerUnavailable', `Temporal answers, but nobody answers for ${workflowId}`, remedy);
}

/** The validator's or the handler's words, as they are. */
function refusalOf(error: WorkflowUpdateFailedError): ApiError {
  let failure: unknown = error.cause;
  while (failure instanceof Error && !(failure instanceof ApplicationFailure) && failure.cause) failure = failure.cause;
  const message = failure instanceof Error ? failure.message : error.message;
  const type = failure instanceof ApplicationFailure ? (failure.type ?? '') : '';
  if (FORBIDDEN.includes(type)) return new ApiError(403, 'Forbidden', message);
  return errorOfFailure(type, message) ?? new ApiError(409, 'Refused', message);
}

function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error;
}
