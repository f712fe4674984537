import type { ManifestRow, DigestRecord, PromotionRecord } from '../ports/manifest';
import type { PromotionStatus, RolloutStatus } from '../workflows/contract';

// What the api answers, beside the shapes of `ports/manifest.ts` and `workflows/contract/`; GET /openapi.json is the source.

/** An activity under way and what it said of itself last. */
export interface PendingActivity {
  readonly activity: string;
  readonly state: 'waiting' | 'running' | 'cancelling';
  readonly attempt: number;
  readonly lastHeartbeatAtMs: number | null;
  readonly progress: unknown; // what it heartbeat; null: nothing yet
  readonly lastFailure: string | null;
}
/** One promotion with its regions. */
export interface PromotionView {
  readonly status: PromotionStatus | null; // null: its history is gone, `record` tells how it ended
  readonly record: PromotionRecord | null;
  readonly rollouts: Readonly<Record<string, RolloutStatus>>;
  readonly hub: readonly PendingActivity[]; // what is under way in the hub: the upload
  readonly live: Readonly<Record<string, readonly PendingActivity[]>>;
  readonly problems: Readonly<Record<string, string>>; // why a region's rollout is missing above
}
export interface Models {
  readonly models: readonly string[];
}
export interface Rows {
  readonly rows: readonly ManifestRow[];
}
export interface Promotions {
  readonly promotions: readonly PromotionRecord[];
}
export interface History extends Promotions {
  readonly digests: readonly DigestRecord[];
}
export interface DigestAccounts extends Promotions {
  readonly accounts: readonly DigestRecord[];
}
export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly { readonly name: string; readonly ready: boolean; readonly problem: string | null }[];
}
export interface Applied {
  readonly dryRun: boolean;
  readonly installed: readonly string[];
  readonly wouldInstall: readonly string[];
}
/** The verbs that the api takes for a promotion and for a line. */
export type PromotionVerb =
  'approve' | 'reject' | 'pause' | 'resume' | 'abort' | 'extendBake' | 'retryRegion' | 'skipRegion';
export type LineVerb = 'release' | 'freeze' | 'thaw' | 'hold' | 'resume';
