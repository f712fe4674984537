import { CancellationScope, log } from '@temporalio/workflow';
import type { RegionActivities } from '../activities';

/** The inverse effects, by the activity that carries them out. */
type UndoName = 'releaseClaims' | 'unload' | 'restoreRoute' | 'restorePointer';
type InputOf<Name extends UndoName> = Omit<Parameters<RegionActivities[Name]>[0], 'stamp' | 'settled'>;

/** One undo as data: its name in the runbook's words, the activity, and the input less what is known only when it runs. */
export type Undo = {
  readonly [Name in UndoName]: { readonly name: string; readonly activity: Name; readonly input: InputOf<Name> };
}[UndoName];

/** The stack of undos for effects that may have happened. */
export class Saga {
  private undos: readonly Undo[] = [];

  constructor(private readonly run: (undo: Undo) => Promise<void>) {}

  /** Call *before* the effect: a call that failed may still have taken hold. */
  onRollback(undo: Undo): void {
    this.undos = [...this.undos, undo];
  }

  /** What is owed, newest first. */
  owed(): readonly string[] {
    return this.undos.map(({ name }) => name).reverse();
  }

  /** The undo that makes the region safe, run ahead of its turn; it stays on the stack and runs again in its place. */
  async makeSafe(): Promise<boolean> {
    const route = this.undos.find(({ activity }) => activity === 'restoreRoute');
    return route ? CancellationScope.nonCancellable(() => this.attempt(route)) : true;
  }

  /** Drops the undos that a newer epoch has taken over: what we left is what it found. */
  handOver(): void {
    this.undos = this.undos.filter(({ activity }) => activity !== 'restoreRoute' && activity !== 'restorePointer');
  }

  /**
   * Undoes newest first, also under cancellation, and returns what is left. Call again to go on.
   * Stops at the first undo that fails: older effects are what the newer one stands on (a replica under its route).
   */
  async rollBack(): Promise<readonly string[]> {
    return CancellationScope.nonCancellable(async () => {
      for (let undo = this.undos.at(-1); undo; undo = this.undos.at(-1)) {
        if (!(await this.attempt(undo))) break;
        this.undos = this.undos.slice(0, -1);
      }
      return this.owed();
    });
  }

  private async attempt(undo: Undo): Promise<boolean> {
    try {
      await this.run(undo);
      return true;
    } catch (err) {
      log.error('undo failed', { undo: undo.name, err });
      return false;
    }
  }
}
