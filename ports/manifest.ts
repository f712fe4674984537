import type { Digest, ModelName, RegionId } from '../domain/ids';
import type { Phase, PromotionOutcome, Reason, RegionOutcome } from '../domain/phase';

/** Which version is targeted, live and previous in one region, since when, by which promotion. */
export interface ManifestRow {
  readonly model: ModelName;
  readonly region: RegionId;
  readonly epoch: number;
  readonly seq: number;
  readonly target: Digest | null; // what the promotion under way brings; null: none under way
  readonly live: Digest | null;
  readonly previous: readonly Digest[]; // newest first
  readonly phase: Phase;
  readonly outcome: RegionOutcome | null;
  readonly promotion: string | null; // workflow id
  readonly since: string; // ISO 8601: when `live` became so
}
export interface PromotionRecord {
  readonly id: string; // workflow id
  readonly model: ModelName;
  readonly epoch: number;
  readonly digest: Digest;
  readonly version: string;
  readonly planHash: string;
  readonly starter: string;
  readonly startedAt: string; // ISO 8601
  readonly endedAt: string | null;
  readonly outcome: PromotionOutcome | null;
  readonly reason: Reason | null;
  readonly timeToSafeMs: number | null;
}
/** One line of what happened, append-only, tailed by id. */
export interface ManifestEvent {
  readonly id: number; // rises; gaps are possible
  readonly at: string;
  readonly model: ModelName;
  readonly promotion: string | null;
  readonly region: RegionId | null;
  readonly kind: string; // e.g. `phase`, `verdict`, `gate`, `ended`, `denied`
  readonly text: string; // for people
  readonly detail: Readonly<Record<string, unknown>>; // at most 4 KB of JSON; more is kept as `{ omittedBytes }`
}
/** Why a digest is not promoted, or what became of it: the line's own account, projected for queries. */
export interface DigestRecord {
  readonly model: ModelName;
  readonly digest: Digest;
  readonly state: 'offered' | 'queued' | 'in-flight' | 'live' | 'denied' | 'released' | 'refused';
  readonly text: string;
  readonly at: string;
}

/** Promotions of one model that ended alike; `outcome: null`: under way. */
export interface PromotionTally {
  readonly model: ModelName;
  readonly outcome: PromotionOutcome | null;
  readonly count: number;
  readonly timeToSafeCount: number; // those of them with a time to safe
  readonly timeToSafeMsSum: number; // milliseconds
}

/**
 * The projection that people and systems ask: relational, written by the control side only, never read to decide (but for the
 * first epoch of a new line). Rows are fenced by (epoch, seq): a lower pair changes nothing.
 * Every method: @throws `ManifestUnavailable` (retried)
 */
export interface Manifest {
  /**
   * Raises the row's fence and returns what was found; null for a model that is new there. Idempotent: what was found stays found.
   * @throws `StaleEpoch` (final) { seen }; `Superseded` (final) for a lower seq of the same epoch
   */
  fence(
    model: ModelName,
    region: RegionId,
    token: { readonly epoch: number; readonly seq: number },
  ): Promise<ManifestRow | null>;
  /** Idempotent; `since` stays where `live` does. @returns false when a higher (epoch, seq) holds the row */
  record(row: ManifestRow): Promise<boolean>;
  highestEpoch(model: ModelName): Promise<number>; // 0 for a new model
  recordPromotion(promotion: PromotionRecord): Promise<void>; // idempotent by id; never takes an outcome back
  recordDigest(digest: DigestRecord): Promise<void>; // idempotent; an older `at` changes nothing
  /** Appends; `key` makes a repetition no second line. */
  append(key: string, event: Omit<ManifestEvent, 'id'>): Promise<void>;
  rows(model?: ModelName): Promise<readonly ManifestRow[]>;
  promotions(query: { readonly model?: ModelName; readonly limit: number }): Promise<readonly PromotionRecord[]>; // newest first
  /** Newest first; `digest` may be a prefix, with or without `sha256:`. */
  digests(query: { readonly model?: ModelName; readonly digest?: string }): Promise<readonly DigestRecord[]>;
  /** How many promotions ended how, of every model. */
  tally(): Promise<readonly PromotionTally[]>;
  /** Oldest first. An id that was not seen never appears below one that was: whoever tails by id misses nothing. */
  events(query: {
    readonly afterId: number;
    readonly model?: ModelName;
    readonly limit: number;
  }): Promise<readonly ManifestEvent[]>;
  lastEventId(): Promise<number>; // 0: nothing happened yet
  close(): Promise<void>;
}
