import { msToNumber, type Duration } from '@temporalio/common/lib/time';

/** `ActivityOptions` of the SDK, as far as journeys use them. */
export interface ActivityOptions {
  readonly taskQueue?: string;
  readonly scheduleToStartTimeout?: Duration;
  readonly startToCloseTimeout?: Duration;
  readonly scheduleToCloseTimeout?: Duration;
  readonly heartbeatTimeout?: Duration;
  readonly cancellationType?: 'TRY_CANCEL' | 'WAIT_CANCELLATION_COMPLETED' | 'ABANDON';
  readonly retry?: {
    readonly initialInterval?: Duration;
    readonly backoffCoefficient?: number;
    readonly maximumInterval?: Duration;
    readonly maximumAttempts?: number;
  };
}
/** The same in milliseconds, defaults filled in as server and SDK do. */
export interface ActivityBounds {
  readonly taskQueue: string;
  readonly scheduleToStartMs: number;
  readonly startToCloseMs: number;
  readonly scheduleToCloseMs: number;
  readonly heartbeatMs: number;
  readonly tryCancel: boolean;
  readonly retry: {
    readonly initialMs: number;
    readonly coefficient: number;
    readonly maximumMs: number;
    readonly maximumAttempts: number;
  };
}

const known = new Map<string, number>();

function ms(duration: Duration | undefined, otherwise: number): number {
  if (duration === undefined) return otherwise;
  if (typeof duration === 'number') return duration;
  const before = known.get(duration);
  if (before !== undefined) return before;
  const read = msToNumber(duration);
  known.set(duration, read);
  return read;
}

export function boundsOf(options: ActivityOptions): ActivityBounds {
  const { retry = {} } = options;
  const initialMs = ms(retry.initialInterval, 1_000);
  const scheduleToCloseMs = ms(options.scheduleToCloseTimeout, Infinity);
  return {
    taskQueue: options.taskQueue ?? 'control',
    scheduleToStartMs: ms(options.scheduleToStartTimeout, Infinity),
    startToCloseMs: ms(options.startToCloseTimeout, scheduleToCloseMs),
    scheduleToCloseMs,
    heartbeatMs: ms(options.heartbeatTimeout, Infinity),
    tryCancel: options.cancellationType === 'TRY_CANCEL',
    retry: {
      initialMs,
      coefficient: retry.backoffCoefficient ?? 2,
      maximumMs: ms(retry.maximumInterval, initialMs * 100),
      maximumAttempts: retry.maximumAttempts ?? Infinity,
    },
  };
}
