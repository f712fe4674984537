import { CancelledFailure } from '@temporalio/common';
import { inside, whereNow } from './where';
import type { WorkflowRun } from './workflow-run';

/** Where workflow code runs: its run, and the scope that can cancel it. */
export class Place {
  constructor(
    readonly run: WorkflowRun,
    readonly scope: CancellationScope,
  ) {}
}

/** @throws TypeError outside workflow code */
export function place(): Place {
  const where = whereNow();
  if (where instanceof Place) return where;
  throw new TypeError('not in a workflow');
}

/** Cancellation as the SDK has it: goes down to children, but not into or below those that are not cancellable. */
export class CancellationScope {
  readonly cancellable: boolean;
  private isRequested = false;
  private readonly listeners = new Set<(reason: CancelledFailure) => void>();
  private readonly run_: WorkflowRun;

  constructor(options: { readonly cancellable?: boolean; readonly rootOf?: WorkflowRun } = {}) {
    this.cancellable = options.cancellable ?? true;
    if (options.rootOf) {
      this.run_ = options.rootOf;
      return;
    }
    const { run, scope: parent } = place();
    this.run_ = run;
    if (!parent.cancellable) return;
    this.isRequested = parent.isRequested;
    parent.listeners.add(() => this.cancel());
  }

  get consideredCancelled(): boolean {
    return this.cancellable && this.isRequested;
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    return inside(new Place(this.run_, this), async () => work());
  }

  cancel(): void {
    if (this.isRequested) return;
    this.isRequested = true;
    if (this.listeners.size === 0) return;
    const reason = cancelled('Cancellation scope cancelled');
    for (const listener of [...this.listeners]) listener(reason);
  }

  /** Calls back when this scope is cancelled, if it can be. @returns forgets the callback */
  onCancel(listener: (reason: CancelledFailure) => void): () => void {
    if (!this.cancellable) return () => undefined;
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  static current(): CancellationScope {
    return place().scope;
  }
  static cancellable<T>(work: () => Promise<T>): Promise<T> {
    return new CancellationScope().run(work);
  }
  static nonCancellable<T>(work: () => Promise<T>): Promise<T> {
    return new CancellationScope({ cancellable: false }).run(work);
  }
}

export function cancelled(message: string): CancelledFailure {
  return new CancelledFailure(message);
}
