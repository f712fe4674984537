import type { RegionId } from '../../../domain/ids';
import type { Route } from '../../../domain/route';
import type { Round, Turn, WayBack } from '../../../workflows/contract';
import type { ActivityTask } from '../sdk/activity-task';
import type { Truth } from './truth';

const SERVING = new Set(['flipping', 'baking', 'live']);

/** What the law has seen of one rollout, with its own eyes. */
export class Journal {
  validated = false;
  regressed = false;
  undoFailed = false;
  accepted = false; // a person accepted what is left
  hasEnded = false;
  left: Truth | undefined; // what it left when it said that it had ended; what it writes down after that may take long
  paused = false; // as the rollout was told
  resumed = false; // ever
  looksAfterFlip = 0; // that were healthy: the bake's and, before the commit, the last one
  backSinceMs: number | undefined; // entered `rolling-back`, and its route is not being restored yet
  phase = 'reserving';
  phaseSinceMs = 0;
  answered = false; // by a person, while it was held
  wasHeld = false; // at the weight that stands
  looked = 0; // the newest round whose last look was healthy
  asked = 0; // the round whose last look was asked for; 0: none, or it is void
  skippedServing = false; // a person asked to skip it while it served the new version
  ask = 0; // the newest wish of a person to skip it
  leftOut = false; // at the end of the window
  toldBack = false; // by its promotion, or cancelled
  metNewer = false; // an activity was refused by a newer epoch, or saw that it has the route
  fencedOut = false; // a forward write met a higher epoch
  staleEpoch = 0; // that an activity named in a `StaleEpoch`
  weightPct = 0;
  weightSinceMs = 0;
  verdict: string | undefined; // the last one of the weight that stands
  thin = 0; // the planned look that wanted evidence last
  lapses = 0; // of the lease, for want of data too, since the step was entered first
  orders = 0; // of the weight that was asked for, without an answer
  orderedPct = 0; // the newest canary weight that was asked for
  blind = false; // the last watch ended for want of data, and data have not come back
  foundLoaded = false; // the version found was loaded when it began
  safeMs: number | undefined; // when the last of its nodes was restored for the first time
  watch: ActivityTask | undefined;
  watchSinceMs = 0;
  counted: ActivityTask | undefined; // the newest watch whose answer counts for `lapses`
  forward: ActivityTask | undefined; // the newest activity that no cancellation ends at once
  readonly fenced = new Map<string, Route>(); // by node: what its fence made of the route
  readonly unread = new Set<string>(); // nodes written, and not read back
  readonly evidence = new Map<number, string[]>(); // by weight: ln E of healthy verdicts, as JSON
  readonly healthy = new Set<number>(); // weights; 100: after the flip
  readonly advanced = new Set<string>();
  readonly restored = new Set<string>(); // nodes
  readonly restoring = new Set<string>(); // nodes that a watch has tried to restore

  private wentBack = false;
  private turn = 0; // of the newest pause or resume
  private round = 0; // the newest that was asked for or is void

  constructor(
    readonly region: RegionId,
    readonly epoch: number,
    readonly found: Truth,
  ) {}

  enters(phase: string, nowMs: number): void {
    this.phase = phase;
    this.phaseSinceMs = nowMs;
    this.answered = false;
    if (phase === 'held') {
      this.wasHeld = true;
      this.thin = 0;
    }
    if (phase === 'rolling-back') this.goesBack(nowMs);
  }

  /** A pause or a resume arrives; one that a newer one has overtaken says nothing any more. */
  takes(order: 'pause' | 'resume', { turn }: Turn): void {
    if (turn < this.turn) return;
    this.turn = turn;
    this.paused = order === 'pause';
    this.resumed ||= order === 'resume';
  }

  /** Told to go back, with all others or alone. */
  goBack({ skipped = false, ask }: WayBack): void {
    const serves = SERVING.has(this.phase) || (this.phase === 'held' && this.weightPct === 100);
    if (ask !== undefined && ask <= this.ask) return; // it comes twice
    this.ask = ask ?? this.ask;
    this.skippedServing = ask !== undefined && serves;
    this.leftOut ||= skipped && ask === undefined;
    this.toldBack ||= !this.skippedServing;
  }

  /** A last look is asked for, or its round is void. */
  takesRound(order: 'prepareFinalize' | 'guard', { round }: Round): void {
    if (round < this.round || (round === this.round && order === 'prepareFinalize')) return;
    this.round = round;
    this.asked = order === 'guard' ? 0 : round;
  }

  /** Rolls back for the first time: a person's retry begins where the first one failed. */
  private goesBack(nowMs: number): void {
    if (!this.wentBack) this.backSinceMs = nowMs;
    this.wentBack = true;
  }
}

/** Epoch and region of a rollout's workflow id. */
export function rolloutOf(id: string): { readonly epoch: number; readonly region: RegionId } | undefined {
  const [kind, , epoch, region] = id.split('/');
  return kind === 'rollout' ? { epoch: Number(epoch), region: region as RegionId } : undefined;
}
