import { CancellationScope, condition } from '@temporalio/workflow';
import type { RegionId } from '../domain/ids';
import type { Reason } from '../domain/phase';
import { rollBackSignal, type Report } from './contract';
import type { PromotionBoard } from './promotion-board';
import type { PromotionRollouts } from './promotion-rollouts';

type Answer = Pick<Report, 'region' | 'phase' | 'reason' | 'refusedAsk'>;

/** Which regions the promotion goes on without although their rollouts are under way, and of which a person wants that. */
export class Skips {
  private readonly skipped = new Set<RegionId>();
  private readonly asked = new Map<RegionId, number>(); // by a person; the region has not answered yet
  private asks = 0;

  has(region: RegionId): boolean {
    return this.skipped.has(region);
  }

  /** It is told to go back alone. */
  add(region: RegionId): void {
    this.skipped.add(region);
  }

  /** A person wants to skip it: the region decides, for it may serve the new version by now. @returns the number of the wish */
  ask(region: RegionId): number {
    this.asked.set(region, ++this.asks);
    return this.asks;
  }

  isAsked(region: RegionId): boolean {
    return this.asked.has(region);
  }

  /** Its rollout is gone, terminated by somebody: nobody will answer. */
  unheard(region: RegionId): void {
    if (this.asked.delete(region)) this.add(region);
  }

  /** A region's report may be its answer. @param isBack it goes back */
  hear({ region, phase, reason, refusedAsk }: Answer, isBack: boolean): void {
    const ask = this.asked.get(region);
    if (ask === undefined) return;
    if (isBack && reason?.kind !== 'breach') this.add(region); // a breach comes first: all go back (contract 2)
    if (isBack || phase === 'ended' || refusedAsk >= ask) this.asked.delete(region);
  }
}

type Told = readonly [PromotionBoard, PromotionRollouts];

/** The plan's deadline leaves a region out, whatever it serves. */
export function leaveOut([board, rollouts]: Told, region: RegionId, reason: Reason): void {
  if (board.of(region)?.phase === 'pending') return board.markSkipped(region, reason);
  board.skips.add(region);
  void rollouts.tell(region, rollBackSignal, { reason, skipped: true });
}

/** A person asks to skip a region. @returns false where it serves the new version */
export async function askToSkip([board, rollouts]: Told, region: RegionId, reason: Reason): Promise<boolean> {
  if (board.of(region)?.phase === 'pending') board.markSkipped(region, reason);
  else {
    const ask = board.skips.ask(region);
    const isThere = await rollouts.tell(region, rollBackSignal, { reason, skipped: true, ask });
    if (!isThere) {
      const text = `${reason.text}; its rollout was terminated, look at what it left`;
      board.skips.unheard(region);
      board.markSkipped(region, { ...reason, text });
    }
    await CancellationScope.nonCancellable(() => condition(() => !board.skips.isAsked(region)));
  }
  return board.isLeftOut(region);
}
