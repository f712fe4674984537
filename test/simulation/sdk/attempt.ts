import { CancelledFailure } from '@temporalio/common';
import type { ActivityTask } from './activity-task';
import type { Station } from './station';
import { whereNow } from './where';

/** An AbortSignal that costs little: as much of it as ports use. */
export class Stop {
  aborted = false;
  reason: unknown = undefined;
  private readonly listeners = new Set<() => void>();

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    for (const listener of [...this.listeners]) listener();
  }
  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }
  addEventListener(_type: 'abort', listener: () => void): void {
    this.listeners.add(listener);
  }
  removeEventListener(_type: 'abort', listener: () => void): void {
    this.listeners.delete(listener);
  }
}

const ABORTED = new Error('aborted');

/** An AbortController to match; `simulate` puts it in place of Node's, which costs as much as the look of a watch that it guards. */
export class StopController {
  readonly signal = new Stop();
  abort(reason: unknown = ABORTED): void {
    this.signal.abort(reason);
  }
}

/** One attempt of an activity in one worker process: what `Context.current()` speaks of. */
export class Attempt {
  readonly stop = new Stop();
  readonly incarnation: number;
  calls = 0; // of ports, so far
  lastHeartbeatMs: number;

  constructor(
    readonly task: ActivityTask,
    readonly number: number,
    readonly station: Station,
    readonly heartbeatDetails: unknown,
    readonly startedMs: number,
  ) {
    this.incarnation = station.incarnation;
    this.lastHeartbeatMs = startedMs;
  }

  /** Its process was killed: it does nothing any more, not even fail. */
  get isDead(): boolean {
    return this.incarnation !== this.station.incarnation;
  }

  cancel(message: string): void {
    this.stop.abort(new CancelledFailure(message));
  }
}

/** @throws TypeError outside an activity */
export function attemptNow(): Attempt {
  const where = whereNow();
  if (where instanceof Attempt) return where;
  throw new TypeError('not in an activity');
}
