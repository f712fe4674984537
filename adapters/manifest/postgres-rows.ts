import type { Digest, ModelName, RegionId } from '../../domain/ids';
import type { Phase, PromotionOutcome, Reason, RegionOutcome } from '../../domain/phase';
import type { DigestRecord, ManifestEvent, ManifestRow, PromotionRecord, PromotionTally } from '../../ports/manifest';

// What the driver hands out: bigint as text, timestamptz as Date, jsonb parsed.
export interface VersionsRow {
  readonly model: ModelName;
  readonly region: RegionId;
  readonly fence_epoch: number;
  readonly fence_seq: number;
  readonly epoch: number | null;
  readonly seq: number;
  readonly target: Digest | null;
  readonly live: Digest | null;
  readonly previous: readonly Digest[];
  readonly phase: Phase;
  readonly outcome: RegionOutcome | null;
  readonly promotion: string | null;
  readonly since: Date;
}
export interface PromotionRow {
  readonly id: string;
  readonly model: ModelName;
  readonly epoch: number;
  readonly digest: Digest;
  readonly version: string;
  readonly plan_hash: string;
  readonly starter: string;
  readonly started_at: Date;
  readonly ended_at: Date | null;
  readonly outcome: PromotionOutcome | null;
  readonly reason: Reason | null;
  readonly time_to_safe_ms: number | null;
}
export type DigestRow = Omit<DigestRecord, 'at'> & { readonly at: Date };
export type EventRow = Omit<ManifestEvent, 'id' | 'at'> & { readonly id: string; readonly at: Date };
export interface TallyRow {
  readonly model: ModelName;
  readonly outcome: PromotionOutcome | null;
  readonly count: string;
  readonly safe_count: string;
  readonly safe_ms: number;
}

/** null where the row was fenced and never recorded. */
export function manifestRow(row: VersionsRow): ManifestRow | null {
  const { model, region, epoch, seq, target, live, previous, phase, outcome, promotion } = row;
  if (epoch === null) return null;
  return {
    model,
    region,
    epoch,
    seq,
    target,
    live,
    previous,
    phase,
    outcome,
    promotion,
    since: row.since.toISOString(),
  };
}

export function promotionRecord(row: PromotionRow): PromotionRecord {
  const { id, model, epoch, digest, version, starter, outcome, reason } = row;
  return {
    ...{ id, model, epoch, digest, version, planHash: row.plan_hash, starter },
    startedAt: row.started_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
    ...{ outcome, reason, timeToSafeMs: row.time_to_safe_ms },
  };
}

export function digestRecord({ model, digest, state, text, at }: DigestRow): DigestRecord {
  return { model, digest, state, text, at: at.toISOString() };
}

export function manifestEvent({ id, at, model, promotion, region, kind, text, detail }: EventRow): ManifestEvent {
  return { id: Number(id), at: at.toISOString(), model, promotion, region, kind, text, detail };
}

export function promotionTally({ model, outcome, count, safe_count, safe_ms }: TallyRow): PromotionTally {
  return {
    ...{ model, outcome, count: Number(count) },
    timeToSafeCount: Number(safe_count),
    timeToSafeMsSum: safe_ms,
  };
}
