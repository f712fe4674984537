import type { ModelName, RegionId } from '../domain/ids';
import type { ControlPorts } from '../ports';
import type { DigestRecord, ManifestEvent, ManifestRow, PromotionRecord } from '../ports/manifest';
import type { Notice } from '../ports/notifier';

export interface FenceRowInput {
  readonly model: ModelName;
  readonly region: RegionId;
  readonly epoch: number;
  readonly seq: number;
}
export interface KeyedEvent {
  readonly key: string; // makes a repetition no second line
  readonly event: Omit<ManifestEvent, 'id' | 'at'>;
}

type Needs = Pick<ControlPorts, 'manifest' | 'notifier' | 'clock'>;

/** The manifest is a projection for people and systems: written here, never read to decide (but for a new line's first epoch). */
export function recording({ manifest, notifier, clock }: Needs) {
  return { fenceRow, recordRow, recordPromotion, recordDigest, recordEvent, highestEpoch, notify };

  /** Raises the fence of a region's row. Idempotent. @throws `StaleEpoch` { seen } (final); `ManifestUnavailable` (retried) */
  async function fenceRow({ model, region, epoch, seq }: FenceRowInput): Promise<void> {
    await manifest.fence(model, region, { epoch, seq });
  }

  /** Idempotent; a row that a newer promotion holds is left alone. */
  async function recordRow(row: Omit<ManifestRow, 'since'>): Promise<void> {
    await manifest.record({ ...row, since: now() });
  }

  async function recordPromotion(
    promotion: Omit<PromotionRecord, 'endedAt'> & { readonly ended: boolean },
  ): Promise<void> {
    const { ended, ...record } = promotion;
    await manifest.recordPromotion({ ...record, endedAt: ended ? now() : null });
  }

  async function recordDigest(digest: Omit<DigestRecord, 'at'>): Promise<void> {
    await manifest.recordDigest({ ...digest, at: now() });
  }

  async function recordEvent({ key, event }: KeyedEvent): Promise<void> {
    await manifest.append(key, { ...event, at: now() });
  }

  async function highestEpoch({ model }: { readonly model: ModelName }): Promise<number> {
    return manifest.highestEpoch(model);
  }

  async function notify(notice: Omit<Notice, 'at'>): Promise<void> {
    await notifier.notify({ ...notice, at: now() });
  }

  function now(): string {
    return new Date(clock.nowMs()).toISOString();
  }
}
