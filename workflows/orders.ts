import { condition, setHandler } from '@temporalio/workflow';
import type { Reason } from '../domain/phase';
import {
  advanceSignal,
  finalizeSignal,
  guardSignal,
  pauseSignal,
  prepareFinalizeSignal,
  resumeSignal,
  rollBackSignal,
} from './contract';
import { settleSignal, type Settlement, type WayBack } from './contract';

interface Hooks {
  /** Whether users may meet the new version as the region's stable. */
  serves(): boolean;
  /** The first order to roll back arrives. */
  onRollBack(): void;
  /** A wish to skip the region is refused. */
  onRefused(): void;
}

/** What the promotion has told a rollout so far. Signals may come doubled and in any order; each order is a fact that stays. */
export class Orders {
  paused = false;
  asked = 0; // the round whose last look is wanted now; 0: none
  finalize = false;
  rollBack: { readonly reason: Reason; readonly skipped: boolean } | null = null;
  private readonly advances = new Set<'canary' | 'flip'>();
  private settlement: Settlement | undefined;
  private turn = 0; // of the pause or resume that counts
  private round = 0; // the newest that was asked for or is void
  refusedAsk = 0; // the newest wish to skip the region that was refused

  constructor(
    gated: readonly ('canary' | 'flip')[],
    private readonly hooks: Hooks,
  ) {
    for (const point of ['canary', 'flip'] as const) if (!gated.includes(point)) this.advances.add(point);
    setHandler(advanceSignal, ({ to }) => void this.advances.add(to));
    setHandler(pauseSignal, ({ turn }) => this.takeTurn(turn, true));
    setHandler(resumeSignal, ({ turn }) => this.takeTurn(turn, false));
    setHandler(prepareFinalizeSignal, ({ round }) => {
      if (round > this.round) this.asked = this.round = round;
    });
    setHandler(guardSignal, ({ round }) => {
      if (round < this.round) return;
      this.round = round;
      this.asked = 0;
    });
    setHandler(finalizeSignal, () => void (this.finalize ||= !this.rollBack));
    setHandler(settleSignal, ({ choice }) => void (this.settlement = choice));
    setHandler(rollBackSignal, (order) => this.takeWayBack(order));
  }

  /** Once `finalize` was taken there is no way back. What a person asks is judged here: only here is it known what the region serves. */
  private takeWayBack({ reason, skipped = false, ask }: WayBack): void {
    if (this.rollBack || (ask !== undefined && ask <= this.refusedAsk)) return;
    if (ask !== undefined && (this.finalize || this.hooks.serves())) {
      this.refusedAsk = ask;
      return this.hooks.onRefused();
    }
    if (this.finalize) return;
    this.rollBack = { reason, skipped };
    this.hooks.onRollBack();
  }

  private takeTurn(turn: number, paused: boolean): void {
    if (turn < this.turn) return;
    this.turn = turn;
    this.paused = paused;
  }

  /** Whether the point may be passed now: no way back, no pause, no gate. */
  mayPass(point: 'canary' | 'flip' | null): boolean {
    return !this.paused && this.rollBack === null && (point === null || this.advances.has(point));
  }

  /** The gate that keeps a point closed, or null where it is only a pause. */
  gateOf(point: 'canary' | 'flip' | null): 'canary' | 'flip' | null {
    return point === null || this.advances.has(point) ? null : point;
  }

  /** What keeps a point closed, for people. */
  blockedBy(point: 'canary' | 'flip' | null): string {
    return this.paused ? 'an operator to resume' : `a gate before the ${point ?? 'next step'}`;
  }

  /** A person's answer since the last call of `ask`. */
  get answer(): Settlement | undefined {
    return this.settlement;
  }

  /** Forgets an earlier answer: only one given from now on counts. */
  ask(): void {
    this.settlement = undefined;
  }

  async settled(): Promise<Settlement> {
    this.ask();
    await condition(() => this.settlement !== undefined);
    return this.settlement ?? 'retry';
  }
}
