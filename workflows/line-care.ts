import { ParentClosePolicy, log, startChild } from '@temporalio/workflow';
import type { ModelName } from '../domain/ids';
import type { Reason } from '../domain/phase';
import { CONTROL_QUEUE, fanOutId, rollBackSignal, rolloutId, type CurrentPromotion, type Ended } from './contract';
import { BY_ITSELF, tellRollout, tellRollouts } from './fan-out';
import type { LineBook } from './line-book';
import { controlActivities } from './region-activities';

const FIRST_PAUSE_MS = 5_000; // between two looks at what a terminated promotion left; doubles up to that between other looks

/** Looks after the promotions of a line: one that is gone without a word (terminated) is taken back region by region before the lane is free. */
export class LineCare {
  pauseMs: number;
  private readonly control = controlActivities();
  private looks = 0;

  /** @param lookMs milliseconds between two looks */
  constructor(
    private readonly model: ModelName,
    private readonly book: LineBook,
    private readonly lookMs: number,
    private readonly noteEnd: (ended: Ended) => Promise<void>,
  ) {
    this.pauseMs = lookMs;
  }

  /** One look. What still goes back is told so again at the next; how long that takes does not matter to the line's history. */
  async look(): Promise<void> {
    let goesBack = false;
    for (const current of [this.book.state.current, ...this.book.state.beside]) {
      if (!current || (await this.control.describe({ workflowId: current.id })) === 'running') continue;
      const reason: Reason = { kind: 'fault', text: `${current.id} was terminated` };
      const { epoch } = current;
      if (await this.isBack(current, reason))
        await this.noteEnd({ epoch, outcome: 'rolled-back', reason, staleEpoch: null });
      else goesBack = true;
    }
    const sooner = this.pauseMs < this.lookMs ? this.pauseMs * 2 : FIRST_PAUSE_MS;
    this.pauseMs = goesBack ? Math.min(this.lookMs, sooner) : this.lookMs;
  }

  /** Whether every rollout has ended. Those that have not are told to go back, which they may have heard before. */
  private async isBack({ epoch, regions }: CurrentPromotion, reason: Reason): Promise<boolean> {
    const all = regions.map((region) => rolloutId(this.model, epoch, region));
    const open = await this.control.stillRunning({ workflowIds: all });
    if (open.length === 0) return true;
    if (open.length <= BY_ITSELF) await Promise.all(open.map((id) => tellRollout(id, rollBackSignal, { reason })));
    else await this.fanOut(epoch, open, reason);
    return false;
  }

  private async fanOut(epoch: number, rollouts: readonly string[], reason: Reason): Promise<void> {
    const workflowId = fanOutId(this.model, epoch, `look-${++this.looks}`);
    const options = { workflowId, taskQueue: CONTROL_QUEUE, parentClosePolicy: ParentClosePolicy.ABANDON };
    const message = { rollouts, signal: rollBackSignal.name, args: [{ reason }] };
    try {
      const child = await startChild(tellRollouts, { ...options, args: [message] });
      await child.result();
    } catch (err) {
      log.warn('not every rollout was told to go back; the next look tells them again', { workflowId, err });
    }
  }
}
