import { ApplicationFailure } from '@temporalio/common';
import type { ActivityTask } from './activity-task';
import type { Attempt } from './attempt';
import type { Nemesis } from './nemesis';
import type { Scheduler } from './scheduler';
import { WorkflowRun } from './workflow-run';

type Journey = (...args: never[]) => Promise<unknown>;
export type Activities = Readonly<Record<string, (input: unknown) => Promise<unknown>>>;

/** What the server knows: the newest run of every workflow id, and how messages reach it. */
export class Engine {
  readonly runs = new Map<string, WorkflowRun>();
  onAttempt: (attempt: Attempt) => void = () => undefined;
  onBeat: (attempt: Attempt, details: unknown) => void = () => undefined;
  onScheduled: (task: ActivityTask) => void = () => undefined;
  onSignal: (id: string, name: string, args: readonly unknown[]) => void = () => undefined;
  onStarted: (run: WorkflowRun) => void = () => undefined;
  onClosed: (run: WorkflowRun) => void = () => undefined;
  onLog: (run: WorkflowRun, level: string, message: string, fields: Readonly<Record<string, unknown>>) => void = () =>
    undefined;

  constructor(
    readonly scheduler: Scheduler,
    readonly nemesis: Nemesis,
    readonly activities: Activities,
    /** Journeys that stand in for others of the same name. */
    readonly instead: Readonly<Record<string, Journey>> = {},
  ) {}

  /** @returns undefined when the id was used before */
  start(id: string, journey: Journey, args: readonly unknown[]): WorkflowRun | undefined {
    if (this.runs.has(id)) return undefined;
    const run = new WorkflowRun(this, id, this.instead[journey.name] ?? journey, args);
    this.runs.set(id, run);
    this.nemesis.note(`start ${id}`);
    this.onStarted(run);
    return run;
  }

  open(id: string): WorkflowRun | undefined {
    const run = this.runs.get(id);
    return run && !run.isClosed ? run : undefined;
  }

  describe(id: string): 'running' | 'closed' | 'gone' {
    const closed = this.runs.get(id)?.closed;
    if (this.open(id)) return 'running';
    return closed === undefined || closed === 'terminated' ? 'gone' : 'closed';
  }

  /** Delivers a signal, maybe more than once, each time after a while. @throws ApplicationFailure when nobody is there */
  signal(id: string, name: string, args: readonly unknown[]): Promise<void> {
    const [first = 0, ...more] = this.nemesis.deliveries(id, name, args);
    const deliver = () => {
      const run = this.open(id);
      this.nemesis.note(`signal ${name} ${id} ${run ? '' : 'finds nobody'}`);
      run?.deliver(name, (handler) => {
        this.onSignal(id, name, args);
        run.handle(name, () => handler(...args)).catch(() => run.close('failed'));
      });
      return run !== undefined;
    };
    for (const ms of more) this.scheduler.in(ms, deliver);
    return new Promise((resolve, reject) => {
      this.scheduler.in(first, () => {
        if (deliver()) resolve();
        else reject(ApplicationFailure.nonRetryable(`no open workflow ${id}`, 'ExternalWorkflowExecutionNotFound'));
      });
    });
  }

  /** Runs an update. The validator's refusal leaves no trace. Repeating an update id gives the first answer. */
  update(id: string, name: string, input: unknown, updateId?: string, accepted?: () => unknown): Promise<unknown> {
    const run = this.open(id);
    const before = updateId === undefined ? undefined : run?.updates.get(updateId);
    if (before) return before;
    if (!run) return Promise.reject(ApplicationFailure.nonRetryable(`no open workflow ${id}`, 'NotFound'));
    const answer = new Promise((resolve, reject) => {
      run.deliver(name, (handler) => {
        try {
          run.validators.get(name)?.(input);
        } catch (err) {
          return reject(err);
        }
        this.nemesis.note(`accepted ${name} ${id}`);
        accepted?.();
        run.handle(name, () => handler(input)).then(resolve, reject);
      });
    });
    if (updateId !== undefined) run.updates.set(updateId, answer);
    return answer;
  }

  query(id: string, name: string): unknown {
    return this.runs.get(id)?.handlers.get(name)?.();
  }

  cancel(id: string): void {
    const run = this.open(id);
    run?.enqueue(() => run.root.cancel(), 0);
  }

  terminate(id: string): void {
    this.open(id)?.close('terminated');
  }

  continueAsNew(run: WorkflowRun, args: readonly unknown[]): void {
    run.close('continued');
    this.runs.set(run.id, new WorkflowRun(this, run.id, run.journey, args));
    this.nemesis.note(`continue ${run.id}`);
  }
}
