import { ActivityCancellationType, ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ActivityTask } from './activity-task';
import { boundsOf, type ActivityOptions } from './bounds';
import { CancellationScope, cancelled, place } from './scopes';
import { ContinueAsNew, type WorkflowRun } from './workflow-run';

type Named<Kind extends string> = { readonly kind: Kind; readonly name: string };
type Call = (...args: never[]) => unknown;

export const defineSignal = (name: string): Named<'signal'> => ({ kind: 'signal', name });
export const defineQuery = (name: string): Named<'query'> => ({ kind: 'query', name });
export const defineUpdate = (name: string): Named<'update'> => ({ kind: 'update', name });
export const ParentClosePolicy = { ABANDON: 'ABANDON', TERMINATE: 'TERMINATE', REQUEST_CANCEL: 'REQUEST_CANCEL' };
export const WorkflowIdReusePolicy = { REJECT_DUPLICATE: 'REJECT_DUPLICATE', ALLOW_DUPLICATE: 'ALLOW_DUPLICATE' };
export { ActivityCancellationType };

export function setHandler({ name }: Named<string>, handler: Call, { validator }: { validator?: Call } = {}): void {
  place().run.setHandler(name, handler as () => unknown, validator as () => unknown);
}

export function proxyActivities(options: ActivityOptions): object {
  const bounds = boundsOf(options);
  const schedule = (name: string) => async (input: unknown) => {
    const { run, scope } = place();
    if (scope.consideredCancelled) throw cancelled('Cancellation scope cancelled');
    return new ActivityTask(run.engine, run, name, input, bounds).schedule(scope);
  };
  return new Proxy({}, { get: (_, name: string) => schedule(name) });
}

export function sleep(ms: number): Promise<void> {
  const { run, scope } = place();
  return new Promise((resolve, reject) => {
    if (scope.consideredCancelled) return reject(cancelled('Cancellation scope cancelled'));
    const timer = run.engine.scheduler.in(ms, () => run.enqueue(() => (forget(), resolve())));
    const forget = scope.onCancel((reason) => {
      timer.cancelled = true;
      reject(reason);
    });
  });
}

/** As the SDK's: true or nothing when it holds, false when the time is over. */
export async function condition(holds: () => boolean, ms?: number): Promise<boolean | void> {
  const { run, scope } = place();
  if (ms === undefined) return run.until(holds, scope);
  return CancellationScope.cancellable(async () => {
    const inner = place().scope;
    try {
      return await Promise.race([sleep(ms).then(() => false), run.until(holds, inner).then(() => true)]);
    } finally {
      inner.cancel();
    }
  });
}

interface ChildOptions {
  readonly workflowId: string;
  readonly args: readonly unknown[];
}

interface Child {
  readonly workflowId: string;
  result(): Promise<unknown>;
}

export function startChild(
  journey: (...args: never[]) => Promise<unknown>,
  { workflowId, args }: ChildOptions,
): Promise<Child> {
  const { run, scope } = place();
  const { scheduler, nemesis } = run.engine;
  return new Promise((resolve, reject) => {
    if (scope.consideredCancelled) return reject(cancelled('Cancellation scope cancelled'));
    run.children.add(workflowId);
    scheduler.in(nemesis.delayMs('start'), () => {
      const child = run.engine.start(workflowId, journey, args);
      const duplicate = () => new WorkflowExecutionAlreadyStartedError('already started', workflowId, journey.name);
      run.enqueue(() => (child ? resolve({ workflowId, result: () => ended(run, child) }) : reject(duplicate())));
    });
  });
}

/** The parent hears of its child's end in a task of its own. */
function ended(parent: WorkflowRun, child: WorkflowRun): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.whenClosed(() => {
      const failure = () => ApplicationFailure.nonRetryable(`${child.id} was ${child.closed}`, 'ChildWorkflowFailure');
      parent.enqueue(() => (child.closed === 'completed' ? resolve(child.result) : reject(failure())));
    });
  });
}

export function getExternalWorkflowHandle(workflowId: string) {
  const { run } = place();
  const answered = (call: Promise<unknown>) =>
    new Promise<void>((resolve, reject) => {
      call.then(
        () => run.enqueue(() => resolve()),
        (err: unknown) => run.enqueue(() => reject(err)),
      );
    });
  return {
    workflowId,
    signal: async (signal: Named<'signal'> | string, ...args: unknown[]) => {
      const name = typeof signal === 'string' ? signal : signal.name;
      if (place().scope.consideredCancelled) throw cancelled('Cancellation scope cancelled');
      return answered(run.engine.signal(workflowId, name, args));
    },
    cancel: async () => {
      if (!run.engine.open(workflowId)) throw ApplicationFailure.nonRetryable(`no open workflow ${workflowId}`);
      run.engine.cancel(workflowId);
    },
  };
}

export async function continueAsNew(...args: unknown[]): Promise<never> {
  throw new ContinueAsNew(args);
}

export function workflowInfo() {
  const { run } = place();
  const { nemesis } = run.engine;
  const { id: workflowId, events: historyLength } = run;
  return {
    workflowId,
    runId: workflowId,
    historyLength,
    get continueAsNewSuggested(): boolean {
      return nemesis.suggestsContinueAsNew(workflowId, run.events);
    },
  };
}

/** No simulated history is older than the code. */
export function patched(_change: string): boolean {
  return true;
}

export function allHandlersFinished(): boolean {
  return place().run.handlersRunning === 0;
}

const say = (level: string) => (message: string, fields?: Readonly<Record<string, unknown>>) => {
  const { run } = place();
  run.engine.onLog(run, level, message, fields ?? {});
};
export const log = {
  info: say('info'),
  warn: say('warn'),
  error: say('error'),
  debug: say('debug'),
  trace: say('trace'),
};
export { CancellationScope, CancelledFailure };
