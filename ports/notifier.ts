/** A state change that people should hear of. */
export interface Notice {
  readonly at: string; // ISO 8601
  readonly kind: 'created' | 'gate-waiting' | 'held' | 'rolled-back' | 'stuck' | 'live' | 'unreachable';
  readonly model: string;
  readonly promotion: string;
  readonly text: string; // one sentence
  readonly detail: Readonly<Record<string, unknown>>;
}
/** Tells people. Losing a notice never changes a promotion: callers do not retry for ever. */
export interface Notifier {
  /** @throws `Throttled`, `RegionUnreachable` (retried) */
  notify(notice: Notice): Promise<void>;
}
