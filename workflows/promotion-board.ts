import { EXPOSED, type PromotionOutcome, type Reason } from '../domain/phase';
import { regionsOf } from '../domain/plan';
import type { RegionId } from '../domain/ids';
import { nowMs } from './clock';
import { promotionId, type PromotionInput, type PromotionPhase } from './contract';
import type { PromotionStatus, Report } from './contract';
import { isBack, pending, shown, type RegionEntry } from './promotion-entry';
import { PromotionGates } from './promotion-gates';
import { PromotionNews } from './promotion-news';
import { Skips } from './promotion-skips';

/** What a promotion knows: its regions by their own reports, its gates, its clock. Holds no decision about what to do next. */
export class PromotionBoard {
  phase: PromotionPhase = 'uploading';
  waitsFor = '';
  paused = false;
  turn = 0; // of the last pause or resume
  committed = false;
  outcome: PromotionOutcome | null = null;
  reason: Reason | null = null;
  wave = 0;
  unsafeSinceMs: number | null = null; // the breach or the accepted abort
  readonly startedAtMs = nowMs();
  readonly usedJtis: string[] = [];
  private readonly regions = new Map<RegionId, RegionEntry>();
  readonly skips = new Skips();
  readonly gates: PromotionGates;
  readonly news = new PromotionNews();

  constructor(private readonly input: PromotionInput) {
    for (const region of regionsOf(this.plan)) this.regions.set(region, pending(region));
    this.gates = new PromotionGates(input, () => this.all.filter(({ phase }) => phase === 'awaiting'));
  }

  get plan() {
    return this.input.planned.plan;
  }
  get all(): readonly RegionEntry[] {
    return [...this.regions.values()];
  }
  get started(): readonly RegionEntry[] {
    return this.all.filter(({ phase }) => phase !== 'pending');
  }
  get open(): readonly RegionEntry[] {
    return this.started.filter(({ phase }) => phase !== 'ended');
  }
  get deadlineAtMs(): number {
    return this.startedAtMs + this.plan.windowMs;
  }

  of(region: string): RegionEntry | undefined {
    return this.regions.get(region as RegionId);
  }

  /** A child that may have started counts as started. */
  markStarted(region: RegionId): void {
    this.regions.set(region, { ...pending(region), phase: 'reserving' });
  }

  /** Set aside before it started. */
  markSkipped(region: RegionId, reason: Reason): void {
    this.regions.set(region, { ...pending(region), phase: 'ended', outcome: 'skipped', reason });
  }

  isLeftOut(region: RegionId): boolean {
    const entry = this.regions.get(region);
    return entry !== undefined && this.isOut(entry);
  }

  /** Whether the promotion goes on without the region. */
  isOut({ region, outcome }: Pick<RegionEntry, 'region' | 'outcome'>): boolean {
    return outcome === 'skipped' || this.skips.has(region);
  }

  /** Takes a report; duplicates and older ones change nothing. */
  hear(report: Report): void {
    const before = this.regions.get(report.region);
    if (!before || report.epoch !== this.input.epoch) return;
    if (report.attempt < before.attempt || (report.attempt === before.attempt && report.seq <= before.seq)) return;
    const { epoch: _epoch, ...heard } = report;
    this.regions.set(report.region, heard);
    this.skips.hear(heard, isBack(heard));
    if (report.breachAtMs !== null) this.unsafeSinceMs ??= report.breachAtMs;
    this.news.ofRegion(before, heard);
    if (report.gate === null) return;
    for (const gate of this.gates.reached(report.region, report.gate)) this.news.ofGate(gate);
  }

  /** The regions that wait at a point whose gates are all open. */
  advanceable(): readonly { readonly region: RegionId; readonly to: 'canary' | 'flip' }[] {
    if (this.paused) return [];
    return this.all.flatMap(({ region, phase, gate: to }) => {
      if (phase !== 'awaiting' || to === null) return [];
      return this.gates.letThrough(region, to) ? [{ region, to }] : [];
    });
  }

  /** The region has been told to advance: its wait is over as far as this board goes. */
  markAdvanced(region: RegionId): void {
    const entry = this.regions.get(region);
    if (entry) this.regions.set(region, { ...entry, gate: null });
  }

  /** A region that fails takes the promotion with it; one that was set aside does not. */
  failed(): RegionEntry | undefined {
    return this.all.find((region) => isBack(region) && !this.isOut(region));
  }

  failureReason(): Reason {
    const failed = this.failed();
    const text = `${failed?.region}: ${failed?.reason?.text ?? 'went back'}`;
    return { kind: failed?.reason?.kind ?? 'fault', text };
  }

  liveOutcome(): PromotionOutcome {
    return this.all.every(({ outcome }) => outcome === 'live') ? 'live' : 'live-partial';
  }

  /** Nothing of ours is under way there any more, or it is on its way back. */
  hasNothingUnderWay({ phase }: Pick<RegionEntry, 'phase'>): boolean {
    return phase === 'pending' || phase === 'rolling-back' || phase === 'stuck' || phase === 'ended';
  }

  /** A region that has been silent for longer than the plan's patience, with no traffic of ours on it, holds nobody up. */
  isSetAside({ unreachableSinceMs, phase }: RegionEntry): boolean {
    const exposed = phase !== 'pending' && EXPOSED.has(phase);
    return unreachableSinceMs !== null && !exposed && nowMs() - unreachableSinceMs >= this.plan.patienceMs;
  }

  timeToSafeMs(): number | null {
    if (this.unsafeSinceMs === null) return null;
    const back = this.started.filter(({ outcome }) => outcome !== 'live');
    if (back.some(({ safeAtMs }) => safeAtMs === null)) return null;
    return Math.max(0, ...back.map(({ safeAtMs }) => (safeAtMs ?? 0) - (this.unsafeSinceMs ?? 0)));
  }

  /** Where it stands, for people and for a hotfix that wants to pass: a held region holds the promotion, a closed gate makes it wait. */
  private get shownPhase(): PromotionPhase {
    if (this.phase !== 'rolling-out') return this.phase;
    if (this.all.some((region) => region.phase === 'held' && !this.isOut(region))) return 'held';
    return this.gates.waitText() === '' ? this.phase : 'awaiting';
  }

  /** Also in a promotion that goes on without the region: the lane stays closed until a person has settled it. */
  private stuckText(): string {
    const stuck = this.all.filter(({ phase }) => phase === 'stuck').map(({ region }) => region);
    return stuck.length > 0 ? `a person to retry or to accept what is left undone in ${stuck.join(', ')}` : '';
  }

  status(): PromotionStatus {
    const { model, epoch, planned, starter } = this.input;
    const { shownPhase: phase, waitsFor, paused, committed, outcome, reason, startedAtMs, deadlineAtMs, wave } = this;
    const { digest, version } = this.plan.freight;
    const who = { id: promotionId(model, epoch), model, epoch, digest, version, planHash: planned.planHash, starter };
    const where = {
      phase,
      waitsFor: waitsFor || this.gates.waitText() || (paused ? 'an operator to resume' : this.stuckText()),
      paused,
      committed,
      outcome,
      reason,
      wave,
    };
    const when = { startedAtMs, deadlineAtMs, timeToSafeMs: this.timeToSafeMs() };
    return {
      ...who,
      ...where,
      ...when,
      waves: this.plan.waves,
      regions: this.all.map(shown),
      gates: this.gates.status(),
    };
  }
}
