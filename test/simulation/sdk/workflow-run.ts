import { CancelledFailure, TemporalFailure } from '@temporalio/common';
import { isCancellation } from './cancellation';
import type { Engine } from './engine';
import { CancellationScope, Place } from './scopes';
import { inside } from './where';

type Journey = (...args: never[]) => Promise<unknown>;
type Handler = (...args: unknown[]) => unknown;
interface Waiting {
  readonly holds: () => boolean;
  readonly resolve: () => void;
}
interface Job {
  readonly order: 0 | 1 | 2; // messages first, then what was awaited; the start comes last, as in the SDK
  readonly apply: () => void;
}
export type Closed = 'completed' | 'failed' | 'cancelled' | 'terminated' | 'continued';

/** Thrown by `continueAsNew`. */
export class ContinueAsNew extends Error {
  constructor(readonly args: readonly unknown[]) {
    super('continue as new');
  }
}

/** One run of one workflow: its inbox, its handlers, what it waits for. */
export class WorkflowRun {
  closed: Closed | undefined;
  result: unknown = undefined;
  events = 0;
  handlersRunning = 0;
  readonly root: CancellationScope;
  readonly handlers = new Map<string, Handler>();
  readonly validators = new Map<string, Handler>();
  readonly updates = new Map<string, Promise<unknown>>(); // by update id
  readonly children = new Set<string>(); // that it asked for
  private readonly place: Place;
  private readonly buffered = new Map<string, (() => void)[]>();
  private readonly waiting = new Set<Waiting>();
  private readonly parents: (() => void)[] = []; // those that wait for its end
  private inbox: Job[] = [];
  private taskIsDue = false;

  constructor(
    readonly engine: Engine,
    readonly id: string,
    readonly journey: Journey,
    readonly args: readonly unknown[],
  ) {
    this.root = new CancellationScope({ rootOf: this });
    this.place = new Place(this, this.root);
    this.enqueue(() => this.start(), 2);
  }

  get isClosed(): boolean {
    return this.closed !== undefined;
  }

  /** Something happened that the workflow has to hear of: its next task takes it. */
  enqueue(apply: () => void, order: Job['order'] = 1): void {
    if (this.isClosed) return;
    this.events++;
    this.inbox.push({ order, apply });
    if (this.taskIsDue) return;
    this.taskIsDue = true;
    const { scheduler, nemesis } = this.engine;
    scheduler.in(nemesis.delayMs('workflow-task'), () =>
      nemesis.stationOf('control').whenServing(() => this.runTask()),
    );
  }

  /** Delivers a message; one without a handler waits for it. */
  deliver(name: string, call: (handler: Handler) => void): void {
    this.enqueue(() => {
      const dispatch = () => call(this.handlers.get(name)!);
      if (this.handlers.has(name)) dispatch();
      else this.buffered.set(name, [...(this.buffered.get(name) ?? []), dispatch]);
    }, 0);
  }

  setHandler(name: string, handler: Handler, validator?: Handler): void {
    this.handlers.set(name, handler);
    if (validator) this.validators.set(name, validator);
    const buffered = this.buffered.get(name) ?? [];
    this.buffered.delete(name);
    for (const dispatch of buffered) inside(this.place, dispatch);
  }

  /** Runs a handler in the run's own scope. A failure that is Temporal's is the caller's; any other is a bug of ours. */
  async handle(name: string, call: () => unknown): Promise<unknown> {
    this.handlersRunning++;
    try {
      return await call();
    } catch (err) {
      if (!(err instanceof TemporalFailure))
        this.engine.nemesis.bug(`${this.id}: handler ${name} throws ${String(err)}`);
      throw err;
    } finally {
      this.handlersRunning--;
    }
  }

  until(holds: () => boolean, scope: CancellationScope): Promise<void> {
    return new Promise((resolve, reject) => {
      if (scope.consideredCancelled) return reject(new CancelledFailure('Cancellation scope cancelled'));
      if (holds()) return resolve();
      const waiting: Waiting = { holds, resolve: () => (forget(), resolve()) };
      const forget = scope.onCancel((reason) => {
        this.waiting.delete(waiting);
        reject(reason);
      });
      this.waiting.add(waiting);
    });
  }

  whenClosed(hear: () => void): void {
    if (this.isClosed) hear();
    else this.parents.push(hear);
  }

  close(how: Closed, result?: unknown): void {
    if (this.isClosed) return;
    this.closed = how;
    this.result = result;
    this.waiting.clear();
    this.inbox = [];
    this.engine.onClosed(this);
    for (const hear of this.parents) hear();
  }

  private runTask(): void {
    this.taskIsDue = false;
    const jobs = this.inbox.sort((a, b) => a.order - b.order);
    this.inbox = [];
    for (const { apply } of jobs) {
      if (this.isClosed) return;
      inside(this.place, apply);
      this.unblock();
    }
    this.engine.scheduler.soon(this.settle);
  }

  private readonly settle = (): void => {
    if (!this.isClosed && this.unblock()) this.engine.scheduler.soon(this.settle);
  };

  private unblock(): boolean {
    const ready = [...this.waiting].filter(({ holds }) => inside(this.place, holds));
    for (const waiting of ready) this.waiting.delete(waiting);
    for (const { resolve } of ready) resolve();
    return ready.length > 0;
  }

  private start(): void {
    this.journey(...(this.args as never[])).then(
      (value) => this.close('completed', value),
      (err: unknown) => this.end(err),
    );
  }

  private end(err: unknown): void {
    if (err instanceof ContinueAsNew) return this.engine.continueAsNew(this, err.args);
    if (isCancellation(err)) return this.close('cancelled');
    this.engine.nemesis.bug(`${this.id} fails: ${err instanceof Error ? `${err.name} ${err.message}` : String(err)}`);
    this.close('failed');
  }
}
