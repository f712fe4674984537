import { condition } from '@temporalio/workflow';
import type { Reason } from '../domain/phase';
import { nowMs } from './clock';
import type { PromotionBoard } from './promotion-board';
import type { RegionEntry } from './promotion-entry';
import type { PromotionLedger } from './promotion-ledger';
import type { PromotionRollouts } from './promotion-rollouts';
import { leaveOut } from './promotion-skips';

interface Needs {
  readonly board: PromotionBoard;
  readonly rollouts: PromotionRollouts;
  readonly ledger: PromotionLedger;
  readonly turnBack: (reason: Reason) => void;
}

/** The window in which the regions of a plan have to converge, and what the plan's deadline policy does at its end (contract 3). */
export class ConvergenceWindow {
  constructor(private readonly needs: Needs) {}

  /** Waits; at the end of the window the deadline policy acts: hold on, roll back, or go on without those that are not live. */
  async until(
    done: () => boolean,
    isLate: (region: RegionEntry) => boolean = ({ phase }) => phase !== 'live',
    atMs = this.needs.board.deadlineAtMs,
  ): Promise<void> {
    const { board, rollouts, turnBack } = this.needs;
    const leftMs = atMs - nowMs();
    if (leftMs > 0 && (await condition(done, leftMs))) return;
    if (done()) return;
    const late = board.all.filter((region) => isLate(region) && !board.isOut(region));
    const text = `the window is over and ${late.map(({ region, phase }) => `${region} is ${phase}`).join(', ')}`;
    switch (board.plan.deadline) {
      case 'hold':
        return this.holdOn(text, done);
      case 'rollBack':
        turnBack({ kind: 'deadline', text });
        return condition(() => false);
      case 'proceed':
        if (late.length === board.all.length) turnBack({ kind: 'deadline', text });
        for (const { region } of late) leaveOut([board, rollouts], region, { kind: 'deadline', text });
        return condition(done);
    }
  }

  /** A person decides, or the regions get there after all; a hotfix may pass meanwhile. */
  private async holdOn(why: string, done: () => boolean): Promise<void> {
    const { board, ledger } = this.needs;
    const before = board.phase;
    board.phase = 'held';
    board.waitsFor = `a person to abort, to skip or to wait: ${why}`;
    void ledger.heldAtDeadline(why).catch(() => undefined); // with the manifest down nothing here waits for it
    await condition(done).finally(() => (board.waitsFor = ''));
    board.phase = before;
  }
}
