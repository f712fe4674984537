import { ParentClosePolicy, log, startChild } from '@temporalio/workflow';
import type { Leftovers } from '../activities/lookout';
import type { ModelName } from '../domain/ids';
import type { PromotionOutcome, Reason } from '../domain/phase';
import { CONTROL_QUEUE, fanOutId, rollBackSignal, rolloutId, type CurrentPromotion, type Ended } from './contract';
import { BY_ITSELF, tellRollout, tellRollouts } from './fan-out';
import type { LineBook } from './line-book';
import { controlActivities } from './region-activities';

const FIRST_PAUSE_MS = 5_000; // between two looks at what a terminated promotion left; doubles up to that between other looks

/** Looks after the promotions of a line: one that is gone without a word (terminated) is taken back region by region before the lane is free. */
export class LineCare {
  pauseMs: number;
  private readonly control = controlActivities();
  private readonly quiet = new Set<number>(); // epochs of which nothing ran at the last look
  private readonly told = new Set<string>(); // rollouts that heard to go back; a line that continues tells them once more
  private looks = 0;

  /**
   * @param lookMs milliseconds between two looks
   * @param hasEnded told of a promotion that is gone once nothing of it is under way
   */
  constructor(
    private readonly model: ModelName,
    private readonly book: LineBook,
    private readonly lookMs: number,
    private readonly hasEnded: (current: CurrentPromotion, ended: Ended) => Promise<void>,
  ) {
    this.pauseMs = lookMs;
  }

  /** One look. What still goes back is told so again at the next; how long that takes does not matter to the line's history. */
  async look(): Promise<void> {
    let goesBack = false;
    for (const current of [this.book.state.current, ...this.book.state.beside]) {
      if (!current || (await this.control.describe({ workflowId: current.id })) === 'running') continue;
      const { id, epoch } = current;
      const reason: Reason = { kind: 'fault', text: `${id} was terminated` };
      const rollouts = current.regions.map((region) => rolloutId(this.model, epoch, region));
      const left = await this.control.leftBy({ promotion: id, rollouts });
      if (this.isOver(epoch, left)) await this.hasEnded(current, endedAs(epoch, left.ends, reason));
      else goesBack = true;
      if (left.fanOuts.length === 0) await this.takeBack(epoch, left.open, reason);
    }
    const sooner = this.pauseMs < this.lookMs ? this.pauseMs * 2 : FIRST_PAUSE_MS;
    this.pauseMs = goesBack ? Math.min(this.lookMs, sooner) : this.lookMs;
  }

  /** Whether nothing ran at two looks in a row: a child that was being started when its promotion ended is there by the second. */
  private isOver(epoch: number, { fanOuts, open }: Leftovers): boolean {
    if (fanOuts.length + open.length > 0) this.quiet.delete(epoch);
    else if (this.quiet.has(epoch)) return this.quiet.delete(epoch);
    else this.quiet.add(epoch);
    return false;
  }

  /** Tells rollouts to go back, each once; never before a fan-out that may carry `finalize` to them has ended. */
  private async takeBack(epoch: number, open: readonly string[], reason: Reason): Promise<void> {
    const unaware = open.filter((id) => !this.told.has(id));
    if (unaware.length <= BY_ITSELF) {
      for (const id of unaware) if (await tellRollout(id, rollBackSignal, { reason })) this.told.add(id);
    } else if (await this.fanOut(epoch, unaware, reason)) {
      for (const id of unaware) this.told.add(id);
    }
  }

  private async fanOut(epoch: number, rollouts: readonly string[], reason: Reason): Promise<boolean> {
    const workflowId = fanOutId(this.model, epoch, `look-${++this.looks}`);
    const options = { workflowId, taskQueue: CONTROL_QUEUE, parentClosePolicy: ParentClosePolicy.ABANDON };
    const message = { rollouts, signal: rollBackSignal.name, args: [{ reason }] };
    try {
      const child = await startChild(tellRollouts, { ...options, args: [message] });
      await child.result();
      return true;
    } catch (err) {
      log.warn('not every rollout was told to go back; the next look tells them again', { workflowId, err });
      return false;
    }
  }
}

/** How a promotion that cannot say so itself has ended: as its rollouts did. What was committed is live. */
function endedAs(epoch: number, ends: Leftovers['ends'], reason: Reason): Ended {
  const live = ends.filter((end) => end === 'live').length;
  const back = ends.includes('stuck') ? 'stuck' : 'rolled-back';
  const outcome: PromotionOutcome = live === 0 ? back : live === ends.length ? 'live' : 'live-partial';
  return { epoch, outcome, reason: live === 0 ? reason : null, staleEpoch: null };
}
