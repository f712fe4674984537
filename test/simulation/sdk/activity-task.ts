import { ActivityFailure, ApplicationFailure, CancelledFailure, TimeoutFailure } from '@temporalio/common';
import { Attempt } from './attempt';
import type { ActivityBounds } from './bounds';
import type { Engine } from './engine';
import type { Happening } from './scheduler';
import type { CancellationScope } from './scopes';
import { inside } from './where';
import type { WorkflowRun } from './workflow-run';

type Timeout = 'SCHEDULE_TO_START' | 'START_TO_CLOSE' | 'SCHEDULE_TO_CLOSE' | 'HEARTBEAT';

/** One scheduled activity as the server keeps it: its attempts, timeouts, retries and cancellation. */
export class ActivityTask {
  details: unknown = undefined;
  isClosed = false;
  cancelRequested = false;
  attempts = 0;
  private attempt: Attempt | undefined;
  private readonly timers = new Set<Happening>();
  private readonly attemptTimers = new Set<Happening>();
  private readonly closeByMs: number;
  private resolve: (value: unknown) => void = () => undefined;
  private reject: (err: unknown) => void = () => undefined;
  private forgetScope: () => void = () => undefined;

  constructor(
    readonly engine: Engine,
    readonly run: WorkflowRun,
    readonly name: string,
    readonly input: unknown,
    readonly bounds: ActivityBounds,
  ) {
    this.closeByMs = engine.scheduler.nowMs + bounds.scheduleToCloseMs;
  }

  /** Schedules it from workflow code. */
  schedule(scope: CancellationScope): Promise<unknown> {
    const outcome = new Promise<unknown>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.engine.onScheduled(this);
    this.forgetScope = scope.onCancel(() => this.requestCancel());
    this.timer(this.timers, this.bounds.scheduleToCloseMs, () => this.timeOut('SCHEDULE_TO_CLOSE'));
    this.queue();
    return outcome;
  }

  /** What the worker tells while the attempt runs; also how it hears that it should end. */
  beat(attempt: Attempt, details: unknown): void {
    const { scheduler, nemesis } = this.engine;
    if (attempt.isDead) return;
    this.engine.onBeat(attempt, details);
    if (!attempt.station.isLinked) return;
    if (this.attempt !== attempt || this.isClosed || this.run.isClosed) return attempt.cancel('NOT_FOUND');
    attempt.lastHeartbeatMs = scheduler.nowMs;
    if (!nemesis.throttlesHeartbeat()) this.details = details;
    if (this.cancelRequested) scheduler.in(nemesis.delayMs('report'), () => attempt.cancel('CANCELLED'));
  }

  private queue(): void {
    const { scheduler, nemesis } = this.engine;
    const number = this.attempts + 1;
    this.timer(this.attemptTimers, this.bounds.scheduleToStartMs, () => this.timeOut('SCHEDULE_TO_START'));
    scheduler.in(nemesis.delayMs('activity-task'), () =>
      nemesis.stationOf(this.bounds.taskQueue).whenServing(() => {
        if (this.isClosed || this.run.isClosed || this.attempt || this.attempts + 1 !== number) return;
        this.start();
      }),
    );
  }

  private start(): void {
    const { scheduler, nemesis } = this.engine;
    this.clear(this.attemptTimers);
    const station = nemesis.stationOf(this.bounds.taskQueue);
    const attempt = new Attempt(this, ++this.attempts, station, this.details, scheduler.nowMs);
    this.attempt = attempt;
    this.timer(this.attemptTimers, this.bounds.startToCloseMs, () => this.endAttempt(timeout('START_TO_CLOSE')));
    this.watchHeartbeat(attempt, this.bounds.heartbeatMs);
    const effect = this.engine.activities[this.name];
    if (!effect) return nemesis.bug(`no activity ${this.name}`);
    this.engine.onAttempt(attempt);
    inside(attempt, () => {
      effect(this.input).then(
        (value) => this.report(attempt, () => this.close(() => this.resolve(value))),
        (err: unknown) => this.report(attempt, () => this.fail(err)),
      );
    });
  }

  private watchHeartbeat(attempt: Attempt, afterMs: number): void {
    this.timer(this.attemptTimers, afterMs, () => {
      const dueMs = attempt.lastHeartbeatMs + this.bounds.heartbeatMs;
      if (dueMs <= this.engine.scheduler.nowMs) this.endAttempt(timeout('HEARTBEAT'));
      else this.watchHeartbeat(attempt, dueMs - this.engine.scheduler.nowMs);
    });
  }

  /** What the worker says reaches the server once there is a link, unless the process has died meanwhile. */
  private report(attempt: Attempt, take: () => void): void {
    const { scheduler, nemesis } = this.engine;
    scheduler.in(nemesis.delayMs('report'), () => {
      if (attempt.isDead) return;
      attempt.station.whenServing(() => {
        if (!attempt.isDead && this.attempt === attempt && !this.isClosed) take();
      });
    });
  }

  private fail(err: unknown): void {
    if (err instanceof CancelledFailure && this.cancelRequested) return this.close(() => this.rejectWith(err));
    this.endAttempt(err instanceof Error ? err : new Error(String(err)));
  }

  private endAttempt(cause: Error): void {
    this.attempt = undefined;
    this.clear(this.attemptTimers);
    const isFinal = cause instanceof ApplicationFailure && cause.nonRetryable === true;
    const { initialMs, coefficient, maximumMs, maximumAttempts } = this.bounds.retry;
    const backoffMs = Math.min(maximumMs, initialMs * coefficient ** (this.attempts - 1));
    const tooLate = this.engine.scheduler.nowMs + backoffMs > this.closeByMs;
    if (isFinal || this.cancelRequested || this.attempts >= maximumAttempts || tooLate) {
      return this.close(() => this.rejectWith(cause));
    }
    this.timer(this.attemptTimers, backoffMs, () => {
      this.clear(this.attemptTimers);
      this.queue();
    });
  }

  private timeOut(kind: Timeout): void {
    this.close(() => this.rejectWith(timeout(kind)));
  }

  private requestCancel(): void {
    if (this.isClosed || this.cancelRequested) return;
    this.cancelRequested = true;
    if (this.bounds.tryCancel) return this.close(() => this.rejectWith(new CancelledFailure('Activity cancelled')));
    if (!this.attempt) this.close(() => this.rejectWith(new CancelledFailure('Activity cancelled')));
  }

  private rejectWith(cause: Error): void {
    const { message } = cause;
    this.reject(new ActivityFailure(message, this.name, undefined, 'IN_PROGRESS', undefined, cause));
  }

  private close(settle: () => void): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.forgetScope();
    this.clear(this.timers);
    this.clear(this.attemptTimers);
    this.run.enqueue(settle);
  }

  private timer(among: Set<Happening>, ms: number, run: () => void): void {
    if (ms !== Infinity) among.add(this.engine.scheduler.in(ms, () => !this.isClosed && !this.run.isClosed && run()));
  }

  private clear(timers: Set<Happening>): void {
    for (const timer of timers) timer.cancelled = true;
    timers.clear();
  }
}

function timeout(kind: Timeout): TimeoutFailure {
  return new TimeoutFailure(`activity timed out: ${kind}`, undefined, kind);
}
