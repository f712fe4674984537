import { ApplicationFailure } from '@temporalio/activity';
import { Failure, FAILURES } from '../domain/failures';

type Activity = (input: never) => Promise<unknown>;

/**
 * Wraps activities so that a `Failure` reaches Temporal with its type, its details and the retryability of the table.
 * The one place where our failures become Temporal's; anything else passes as it is and is retried.
 */
export function translateFailures<T extends Record<string, Activity>>(activities: T): T {
  const wrap = (activity: Activity) => async (input: never) => {
    try {
      return await activity(input);
    } catch (err) {
      throw err instanceof Failure ? translate(err) : err;
    }
  };
  return Object.fromEntries(Object.entries(activities).map(([name, activity]) => [name, wrap(activity)])) as T;
}

function translate({ type, message, cause, details }: Failure): ApplicationFailure {
  const retryAfterMs = details?.retryAfterMs; // what the far side asked for, of a `Throttled`
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: !FAILURES[type].retryable,
    ...(details && { details: [details] }),
    ...(typeof retryAfterMs === 'number' && { nextRetryDelay: retryAfterMs }),
    ...(cause instanceof Error && { cause }),
    ...(type === 'NotReady' && { category: 'BENIGN' as const }),
  });
}
