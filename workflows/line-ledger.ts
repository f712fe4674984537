import { log } from '@temporalio/workflow';
import type { Digest, ModelName } from '../domain/ids';
import type { PromotionOutcome } from '../domain/phase';
import type { CurrentPromotion, Ended } from './contract';
import type { LineBook } from './line-book';
import { controlActivities } from './region-activities';

/** Writes what a line decides into the manifest, for queries; and the end of a promotion that cannot do so itself any more. */
export class LineLedger {
  private readonly control = controlActivities();

  constructor(
    private readonly model: ModelName,
    private readonly book: LineBook,
  ) {}

  async refused(digest: Digest, text: string): Promise<void> {
    await this.control.recordDigest({ model: this.model, digest, state: 'refused', text });
  }

  async started(digest: Digest, promotion: string): Promise<void> {
    await this.control.recordDigest({ model: this.model, digest, state: 'in-flight', text: promotion });
  }

  /** The answer to a release does not wait for the manifest. */
  released(digest: Digest, text: string): void {
    const noted = this.control.recordDigest({ model: this.model, digest, state: 'released', text });
    noted.catch((err: unknown) => log.warn('a release is not in the manifest', { digest, err }));
  }

  /** @param promoted what has ended; the book knows of it already */
  async ended({ id, offer: { digest } }: CurrentPromotion, { outcome, reason }: Ended): Promise<void> {
    const denied = this.book.state.denied[digest] !== undefined;
    const state = this.book.state.live === digest ? 'live' : denied ? 'denied' : 'queued';
    const text = denied && reason ? `${reason.kind}: ${reason.text}` : `${id} ended ${outcome}`;
    await this.control.recordDigest({ model: this.model, digest, state, text });
  }

  /** What a terminated promotion would have written down at its end. */
  async terminated(promoted: CurrentPromotion, { outcome, reason }: Ended): Promise<void> {
    const { model } = this;
    const { id, epoch, offer, version, planHash, starter, startedAt } = promoted;
    const who = { id, model, epoch, digest: offer.digest, version, planHash, starter, startedAt };
    await this.control.recordPromotion({ ...who, ended: true, outcome, reason, timeToSafeMs: null });
    const event = {
      model,
      promotion: id,
      region: null,
      kind: 'ended',
      text: this.textOf(promoted, outcome),
      detail: {},
    };
    await this.control.recordEvent({ key: `${id}/ended`, event });
  }

  /** Losing the notice changes nothing. */
  async tellTerminated(promoted: CurrentPromotion, { outcome }: Ended): Promise<void> {
    const kind = outcome === 'live-partial' ? 'live' : outcome;
    const notice = {
      kind,
      model: this.model,
      promotion: promoted.id,
      text: this.textOf(promoted, outcome),
      detail: {},
    };
    await this.control.notify(notice).catch(() => undefined);
  }

  private textOf({ version }: CurrentPromotion, outcome: PromotionOutcome): string {
    return `${this.model} ${version} was terminated and ended ${outcome}`;
  }
}
