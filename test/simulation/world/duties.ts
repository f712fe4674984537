import { lineId, promotionId, rolloutId } from '../../../workflows/contract';
import type { LineState, PromotionStatus, RolloutStatus } from '../../../workflows/contract';
import type { Engine } from '../sdk/engine';
import type { World } from '../world';
import { MODEL } from './freights';
import { rolloutOf, type Journal } from './journal';

const SILENT_MS = 25_000; // a watch whose worker is away for so long beyond the plan's patience is known to be
const MANIFEST_MS = 45_000; // after which what waited for the manifest has been written
const TICKS = 1; // looks in a row, 15 s apart, while the hub is at work: longer than any message is under way
const UNDER_WAY_MS = 25_000; // what a round's messages and tasks take at most, while the hub is at work
const ANSWER_LOOKS = 5; // of a region, in the first round of last looks; twice as many in the next
const FORWARD: ReadonlySet<string> = new Set(['rolling-out', 'awaiting', 'held', 'committing']);
const COMMIT_TICKS = 3; // until the last has heard that it is committed, and has been heard
const THIN = 3; // verdicts for want of evidence before a hold: the bake's and two extensions'

/** What has to happen in time; the crowd's clock looks at it. */
export class Duties {
  private readonly overdue = new Map<string, number>(); // looks in a row at which it was due
  private incarnation = 0; // of the control worker
  private atWorkSinceMs = 0; // the control worker, without a break
  private readonly unguardedSinceMs = new Map<string, number>(); // by rollout: it has given its last look and nobody watches
  private readonly served = new Map<string, number>(); // by region: when its worker was last seen at work

  constructor(private readonly world: World) {}

  look(): void {
    const { engine, control, regions, scheduler } = this.world;
    for (const [id, { station }] of regions) if (station.isServing) this.served.set(id, scheduler.nowMs);
    if (!control.isServing || control.incarnation !== this.incarnation) {
      this.overdue.clear();
      this.atWorkSinceMs = scheduler.nowMs;
    }
    this.incarnation = control.incarnation;
    if (!control.isServing) return;
    for (const { id, isClosed } of engine.runs.values()) {
      if (isClosed) continue;
      const journal = this.world.laws.journals.get(id);
      if (journal) this.ofRollout(id, journal, engine.query(id, 'rollout') as RolloutStatus | undefined);
      if (journal && journal.phase !== 'ended') this.keepsTheLane(id, journal);
      if (id.startsWith('promotion/')) this.ofPromotion(id, engine.query(id, 'status') as PromotionStatus | undefined);
    }
  }

  /** A rollout goes on to another phase. */
  enters(id: string, journal: Journal, phase: string): void {
    const { laws, engine, scheduler } = this.world;
    if (phase === 'held' && journal.verdict === 'insufficient-evidence' && !journal.blind && !journal.wasHeld) {
      if (journal.thin < THIN) laws.breaks('contract 3: a bake is extended twice, then held', `${id} ${journal.thin}`);
    }
    if (phase === 'rolling-back' && journal.phase === 'held' && journal.answered) {
      const { reason } = engine.query(id, 'rollout') as RolloutStatus;
      if (reason?.text.startsWith('held until')) laws.breaks('contract 3: held until a person answers', id);
    }
    if (phase === 'stuck' && !journal.undoFailed) laws.breaks('contract 3: only a final failure makes stuck', id);
    const nodes = this.world.regions.get(journal.region)?.nodes ?? [];
    const isInvalid = phase === 'held' && journal.verdict === 'invalid-experiment' && !journal.blind;
    if (isInvalid && nodes.some(({ row }) => row.route.canary))
      laws.breaks('contract 3: an invalid experiment goes back to weight 0', id);
    this.keepsTheLane(id, journal);
    journal.enters(phase, scheduler.nowMs);
  }

  private ofRollout(id: string, journal: Journal, status: RolloutStatus | undefined): void {
    const plan = this.world.laws.plans.get(journal.epoch);
    if (!plan || !status) return;
    const { engine, scheduler } = this.world;
    const { nowMs } = scheduler;
    const { phase, phaseSinceMs, watch, forward, blind } = journal;
    const isHeld = phase === 'held' && !blind && nowMs > phaseSinceMs + plan.holdMs;
    this.due(`contract 3: held ends at its time`, id, isHeld);
    const isBusy = (watch && !watch.isClosed) || (forward && !forward.isClosed);
    const isExposed = ['canary', 'awaiting', 'held', 'baking', 'live'].includes(phase) && status.weightPct > 0;
    const promotion = engine.open(promotionId(MODEL, journal.epoch)) && statusOf(engine, journal.epoch);
    this.due('contract 2: a resume is heard', id, journal.paused && !journal.resumed && promotion?.paused === false);
    this.due(
      'contract 5: a weight that stands is watched',
      `${id} ${journal.watchSinceMs}`,
      isExposed && !isBusy && journal.asked === 0,
    );
    const isUndecided = promotion && !promotion.committed && promotion.reason === null;
    if (isUndecided && isExposed && !isBusy && journal.asked > 0) this.isSoonGuarded(id, journal, plan.watch.lookMs);
    else this.unguardedSinceMs.delete(id);
    if (!watch || watch.isClosed || status.unreachableSinceMs !== null) return;
    const awayMs = nowMs - Math.max(this.served.get(journal.region) ?? 0, journal.watchSinceMs);
    if (awayMs > SILENT_MS + plan.patienceMs)
      this.world.laws.breaks('contract 3: unreachable is shown', `${id} ${awayMs} ms`);
  }

  /** Who has given a last look hears soon that the commit is made, or that the round is void. */
  private isSoonGuarded(id: string, { asked }: Journal, lookMs: number): void {
    const { nowMs } = this.world.scheduler;
    const sinceMs = this.unguardedSinceMs.get(id) ?? nowMs;
    this.unguardedSinceMs.set(id, sinceMs);
    const soonMs = (UNDER_WAY_MS + ANSWER_LOOKS * lookMs) * Math.min(4, 2 ** (asked - 1));
    if (nowMs - sinceMs < soonMs || nowMs - this.atWorkSinceMs < UNDER_WAY_MS) return;
    this.world.laws.breaks('contract 3: a round of last looks ends soon', `${id} ${nowMs - sinceMs} ms`);
  }

  /** While anything of a promotion is under way in a region, the line knows of it. */
  private keepsTheLane(id: string, { epoch }: Journal): void {
    const { engine, laws } = this.world;
    const line = engine.query(lineId(MODEL), 'line') as LineState | undefined;
    if (!line || line.current?.epoch === epoch || line.beside.some((one) => one.epoch === epoch)) return;
    laws.breaks('contract 3: the lane is kept while an undo is pending', id);
  }

  private ofPromotion(id: string, status: PromotionStatus | undefined): void {
    const { laws, scheduler, controlSide } = this.world;
    const plan = status && laws.plans.get(status.epoch);
    if (!plan) return;
    if (status.reason?.kind === 'aborted' && status.phase === 'rolling-back')
      laws.breaks('contract 2: abort shows `aborting` at once', id);
    const isGoingOn = status.reason === null && FORWARD.has(status.phase);
    const isHindered = status.paused || controlSide.manifestDownUntilMs > scheduler.nowMs - MANIFEST_MS;
    const late = status.regions.filter(({ phase, outcome }) => {
      return !['pending', 'live', 'rolling-back', 'stuck', 'ended'].includes(phase) && outcome !== 'skipped';
    });
    const isOver = isGoingOn && !isHindered && scheduler.nowMs > status.deadlineAtMs && late.length > 0;
    const isHeld = plan.deadline === 'hold' && status.waitsFor.includes('the window is over');
    this.due('contract 3: the deadline policy acts at the end of the window', id, isOver && !isHeld);
    const isDone = status.regions.every(({ phase, outcome }) => phase === 'live' || outcome !== null);
    const mayEnd = status.committed && status.phase !== 'ended' && isDone && !isHindered;
    this.due('contract 3: what is committed ends, whoever is away', id, mayEnd, COMMIT_TICKS);
    const failed = status.regions.some(({ region, phase, outcome }) => {
      const isBack = phase === 'rolling-back' || phase === 'stuck' || (phase === 'ended' && outcome !== 'live');
      return isBack && laws.journals.get(rolloutId(MODEL, status.epoch, region))?.toldBack === false;
    });
    this.due(
      'contract 3: a region that fails takes the promotion with it',
      id,
      isGoingOn && !status.committed && failed,
    );
    const expired = status.gates.some(({ open, expiresAtMs }) => {
      return !open && expiresAtMs !== null && scheduler.nowMs > expiresAtMs;
    });
    const isWaited = late.some(({ phase }) => phase === 'awaiting');
    this.due('contract 2: a gate nobody answers is over in time', id, isGoingOn && !isHindered && expired && isWaited);
  }

  private due(law: string, id: string, isDue: boolean, ticks = TICKS): void {
    const key = `${law} ${id}`;
    const looks = isDue ? (this.overdue.get(key) ?? 0) + 1 : 0;
    this.overdue.set(key, looks);
    if (looks > ticks) this.world.laws.breaks(law, `${rolloutOf(id)?.region ?? ''} ${id}`);
  }
}

function statusOf(engine: Engine, epoch: number): PromotionStatus | undefined {
  return engine.query(promotionId(MODEL, epoch), 'status') as PromotionStatus | undefined;
}
