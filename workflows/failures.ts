import { ActivityFailure, ApplicationFailure, TimeoutFailure, rootCause } from '@temporalio/workflow';
import { FAILURES, type FailureType } from '../domain/failures';
import type { Reason } from '../domain/phase';

/** The type of our failure inside what an activity threw, if it was one. */
export function failureType(err: unknown): FailureType | undefined {
  const cause = err instanceof ActivityFailure ? err.cause : err;
  return cause instanceof ApplicationFailure ? ((cause.type ?? undefined) as FailureType | undefined) : undefined;
}

/** The epoch that a `StaleEpoch` names, else null. */
export function seenEpoch(err: unknown): number | null {
  const cause = err instanceof ActivityFailure ? err.cause : err;
  if (!(cause instanceof ApplicationFailure) || cause.type !== 'StaleEpoch') return null;
  const detail = cause.details?.[0] as { readonly seen?: unknown } | undefined;
  return typeof detail?.seen === 'number' ? detail.seen : null;
}

/** Whether nobody took the activity in time: the region's worker is silent or cut off. */
export function foundNoWorker(err: unknown): boolean {
  const cause = err instanceof ActivityFailure ? err.cause : err;
  return cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START';
}

/** The words for people; a failure of ours says its name and its own words: `DigestMismatch: model.onnx arrived as sha256:...`. */
export function faultOf(err: unknown): Reason {
  const cause = err instanceof ActivityFailure ? err.cause : err;
  const type = failureType(err);
  const isOurs = type !== undefined && Object.hasOwn(FAILURES, type);
  if (isOurs && cause instanceof Error) return { kind: 'fault', text: `${type}: ${cause.message}` };
  return { kind: 'fault', text: rootCause(err) ?? (err instanceof Error ? err.message : String(err)) };
}
