import { condition, sleep } from '@temporalio/workflow';
import type { RegionId } from '../domain/ids';
import { guardSignal, prepareFinalizeSignal } from './contract';
import type { PromotionBoard } from './promotion-board';
import type { RegionEntry } from './promotion-entry';
import { idsOf, type PromotionRollouts } from './promotion-rollouts';

// In how long all have to answer a round; meanwhile nobody guards those who have. A last look takes two looks, or five where its worker
// dies meanwhile; messages and tasks take a loaded hub seconds; 500 rollouts answer within a minute (test/workflow/events.test.ts).
const ANSWER_LOOKS = 5;
const ANSWER_MS = 5_000;
const ANSWER_MS_A_REGION = 100;
const LONGEST = 4; // times that of the first round
const GATHER_MS = 1_000; // late answers that come together are one message

type Wait = (done: () => boolean, isLate: (region: RegionEntry) => boolean) => Promise<void>;

/**
 * The last looks before the commit, round after round, until all regions that go have answered one round in its time. Only the promotion
 * ends a round: a rollout that guarded again by itself might restore its route while `finalize` is on its way.
 */
export class LastLooks {
  private round = 0;

  constructor(
    private readonly board: PromotionBoard,
    private readonly rollouts: PromotionRollouts,
  ) {}

  /** The regions that the promotion has not left out. */
  get going(): readonly RegionEntry[] {
    return this.board.all.filter((region) => !this.board.isOut(region));
  }

  /** Resolves in the task in which the last answer of a sound round came. @param late how those are waited for who miss a round */
  async given(late: Wait): Promise<void> {
    const answered = () => this.going.every((region) => this.hasAnswered(region));
    for (;;) {
      await this.whilePaused();
      this.round++;
      this.rollouts.tellAll(idsOf(this.going), prepareFinalizeSignal, { round: this.round });
      if ((await condition(answered, this.timeMs())) && !this.board.paused) return;
      await Promise.all([late(answered, (region) => !this.hasAnswered(region)), this.guardMeanwhile(answered)]);
    }
  }

  /** Twice as long each time, up to a bound: a fleet that is slow gets there, and one that flaps is not left unguarded for ever longer. */
  private timeMs(): number {
    const { watch } = this.board.plan;
    const onceMs = ANSWER_MS + ANSWER_LOOKS * watch.lookMs + ANSWER_MS_A_REGION * this.going.length;
    return onceMs * Math.min(LONGEST, 2 ** (this.round - 1));
  }

  /** Has those guard again who have answered, for as long as others have not: one that is away may take hours. */
  private async guardMeanwhile(answered: () => boolean): Promise<void> {
    const guarding = new Set<RegionId>();
    const unguarded = () => this.going.filter((one) => this.hasAnswered(one) && !guarding.has(one.region));
    while (!answered()) {
      const those = idsOf(unguarded());
      for (const region of those) guarding.add(region);
      this.rollouts.tellAll(those, guardSignal, { round: this.round });
      await condition(() => answered() || unguarded().length > 0);
      if (!answered()) await sleep(GATHER_MS);
    }
  }

  private async whilePaused(): Promise<void> {
    if (!this.board.paused) return;
    if (this.round > 0) this.rollouts.tellAll(idsOf(this.going), guardSignal, { round: this.round });
    await condition(() => !this.board.paused);
  }

  private hasAnswered({ prepared }: RegionEntry): boolean {
    return prepared >= this.round;
  }
}
