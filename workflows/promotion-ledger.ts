import { CancellationScope, condition } from '@temporalio/workflow';
import type { RegionId } from '../domain/ids';
import type { PromotionOutcome } from '../domain/phase';
import type { PromotionInput } from './contract';
import type { PromotionBoard } from './promotion-board';
import { isoTime } from './clock';
import type { NewsKind } from './promotion-news';
import { controlActivities } from './region-activities';

/** Writes what a promotion does into the manifest, and tells people. With the manifest down a promotion advances no wave. */
export class PromotionLedger {
  private readonly control = controlActivities();

  constructor(
    private readonly input: PromotionInput,
    private readonly board: PromotionBoard,
  ) {}

  async created(): Promise<void> {
    await this.record(false);
    const text = `${this.name()} started by ${this.input.starter}`;
    await this.event('created', text);
    void this.tellPeople('created', text);
  }

  async waveStarted(wave: number, regions: readonly RegionId[]): Promise<void> {
    await this.event(`wave-${wave}`, `wave ${wave}: ${regions.join(', ')}`);
  }

  async heldAtDeadline(text: string): Promise<void> {
    void this.tellPeople('held', text);
    await this.event('held', text);
  }

  /** Tells people what is new, until the end and whatever becomes of the rest. */
  tellNews(): Promise<void> {
    const { board } = this;
    return CancellationScope.nonCancellable(async () => {
      for (;;) {
        await condition(() => !board.news.isEmpty || board.phase === 'ended');
        if (board.phase === 'ended') return;
        for (const { kind, text } of board.news.take()) await this.tellPeople(kind, `${this.name()} ${text}`);
      }
    });
  }

  async ended(outcome: PromotionOutcome): Promise<void> {
    await this.record(true);
    const why = this.board.reason ? `: ${this.board.reason.text}` : '';
    await this.event('ended', `${this.name()} ended ${outcome}${why}`);
    const isLive = outcome === 'live' || outcome === 'live-partial';
    await this.tellPeople(isLive ? 'live' : outcome, `${this.name()} ended ${outcome}${why}`);
  }

  private name(): string {
    const { model, planned } = this.input;
    return `${model} ${planned.plan.freight.version}`;
  }

  private async record(ended: boolean): Promise<void> {
    const { id, model, epoch, digest, version, planHash, starter, outcome, reason, startedAtMs, timeToSafeMs } =
      this.board.status();
    const startedAt = isoTime(startedAtMs);
    await this.control.recordPromotion({
      ...{ id, model, epoch, digest, version, planHash, starter, startedAt, ended },
      ...{ outcome: ended ? outcome : null, reason: ended ? reason : null, timeToSafeMs },
    });
  }

  private async event(kind: string, text: string): Promise<void> {
    const { id, model } = this.board.status();
    const event = { model, promotion: id, region: null, kind, text, detail: {} };
    await this.control.recordEvent({ key: `${id}/${kind}`, event });
  }

  /** Losing a notice never changes a promotion, and nothing but its end waits for one. */
  private async tellPeople(kind: NewsKind | 'created' | 'stuck' | 'live' | 'rolled-back', text: string): Promise<void> {
    const { id, model } = this.board.status();
    await this.control.notify({ kind, model, promotion: id, text, detail: {} }).catch(() => undefined);
  }
}
