import type { RegionId } from '../../../domain/ids';
import type { Truth } from './truth';

/** What the law has seen of one rollout, with its own eyes. */
export class Journal {
  validated = false;
  regressed = false;
  undoFailed = false;
  accepted = false; // a person accepted what is left
  hasEnded = false;
  left: Truth | undefined; // what it left when it said that it had ended; what it writes down after that may take long
  paused = false; // as the rollout was told
  looksAfterFlip = 0; // that were healthy: the bake's and, before the commit, the last one
  backSinceMs: number | undefined; // entered `rolling-back`, and its route is not being restored yet
  weightPct = 0;
  weightSinceMs = 0;
  readonly healthy = new Set<number>(); // weights; 100: after the flip
  readonly advanced = new Set<string>();
  readonly restored = new Set<string>(); // nodes

  private wentBack = false;

  constructor(
    readonly region: RegionId,
    readonly epoch: number,
    readonly found: Truth,
  ) {}

  /** Rolls back for the first time: a person's retry begins where the first one failed. */
  goesBack(nowMs: number): void {
    if (!this.wentBack) this.backSinceMs = nowMs;
    this.wentBack = true;
  }
}

/** Epoch and region of a rollout's workflow id. */
export function rolloutOf(id: string): { readonly epoch: number; readonly region: RegionId } | undefined {
  const [kind, , epoch, region] = id.split('/');
  return kind === 'rollout' ? { epoch: Number(epoch), region: region as RegionId } : undefined;
}
