import { ApplicationFailure } from '@temporalio/common';
import type { SetWeightInput } from '../../../activities/route';
import type { WatchInput, WatchOutcome } from '../../../activities/watch';
import type { ValidationEvidence } from '../../../domain/evidence';
import { gatesOf } from '../../../domain/plan';
import type { PromotionInput, PromotionStatus } from '../../../workflows/contract';
import { promotionId } from '../../../workflows/contract';
import type { ActivityTask } from '../sdk/activity-task';
import type { Activities, Engine } from '../sdk/engine';
import { attemptNow, type Attempt } from '../sdk/attempt';
import type { WorkflowRun } from '../sdk/workflow-run';
import { MODEL } from './freights';
import { rolloutOf, type Journal } from './journal';
import type { Laws } from './laws';
import type { SimulatedRegion } from './region';
import { holders, isLoaded, sameTruth, truthOf, type Truth } from './truth';

const FORWARD = new Set(
  'fenceRow fenceRegion reserve replicate verify load validate setWeight flip point finalizeRegion upload'.split(' '),
);
const UNDO = new Set('releaseClaims unload restoreRoute restorePointer'.split(' '));

const FRESH_MS = 2_000; // from the counters of a look to its verdict

interface Yes {
  readonly actor: string;
  readonly expMs: number;
}

/** Sees what activities answer, what people were told, and how workflows end; holds it against the laws. */
export class Witness {
  readonly abortAnswered = new Set<number>(); // epochs
  readonly abortAccepted = new Set<number>();
  readonly yeses = new Map<string, Yes[]>(); // by `<epoch> <gate>`
  readonly settled = new Map<string, Truth | null>(); // by region; null: nobody can say
  readonly outcomes: { readonly id: string; readonly outcome: string }[] = [];
  readonly usurped = new Map<string, number>(); // by region: the foreign epoch that took it
  readonly starters = new Map<number, string>(); // by epoch
  readonly accepted = new Set<string>(); // regions where a person accepted what was left: nobody can say what is right there
  readonly asked: number[] = []; // epochs whose abort was asked for
  engine: Engine | undefined;

  constructor(
    private readonly laws: Laws,
    private readonly regions: ReadonlyMap<string, SimulatedRegion>,
    private readonly wallMs: () => number,
  ) {}

  /** Activities that the law listens to. */
  listening(activities: Activities): Activities {
    const heard = Object.entries(activities).map(([name, run]) => {
      const call = async (input: unknown): Promise<unknown> => {
        const attempt = attemptNow();
        try {
          const result = await run(input);
          this.hear(name, attempt, input, result);
          return result;
        } catch (err) {
          const isFinal = err instanceof ApplicationFailure && err.nonRetryable === true;
          const journal = this.laws.journals.get(attempt.task.run.id);
          if (journal && isFinal && (UNDO.has(name) || name === 'finalizeRegion')) journal.undoFailed = true;
          throw err;
        }
      };
      return [name, call] as const;
    });
    return Object.fromEntries(heard);
  }

  attemptStarts({ task }: Attempt): void {
    const rollout = rolloutOf(task.run.id);
    if (!rollout || !FORWARD.has(task.name) || !this.abortAnswered.has(rollout.epoch)) return;
    this.laws.breaks('S7: forward work starts after the abort was answered', `${task.name} ${task.run.id}`);
  }

  /** What workflow code asks for, at the moment it does. */
  schedules({ run, name, input }: ActivityTask): void {
    const journal = this.laws.journals.get(run.id);
    if (!journal) return;
    const weightPct = name === 'flip' ? 100 : ((input as Partial<SetWeightInput>).canary?.weightPct ?? 0);
    if (journal.paused && (name === 'flip' || name === 'setWeight') && weightPct > journal.weightPct) {
      this.laws.breaks('contract 2: pause stops advancing', `${run.id} ${weightPct}`);
    }
    if (name !== 'restoreRoute' || journal.backSinceMs === undefined) return;
    if (journal.backSinceMs !== this.laws.nowMs) this.laws.breaks('contract 3: making safe waits for nothing', run.id);
    journal.backSinceMs = undefined;
  }

  hears(id: string, signal: string): void {
    const journal = this.laws.journals.get(id);
    if (!journal) return;
    if (signal === 'pause') journal.paused = true;
    if (signal === 'resume') journal.paused = false;
    if (signal === 'finalize' && journal.looksAfterFlip < 2) this.laws.breaks('S11: committed without a last look', id);
  }

  /** The promotion lets a region pass a gated point: its yeses are counted now. */
  advances(id: string, to: string): void {
    const journal = this.laws.journals.get(id);
    const plan = journal && this.laws.plans.get(journal.epoch);
    if (!journal || !plan) return;
    journal.advanced.add(to);
    for (const gate of gatesOf(plan, journal.region, to as 'canary' | 'flip')) {
      const yeses = (this.yeses.get(`${journal.epoch} ${gate.id}`) ?? []).filter(({ expMs }) => expMs > this.wallMs());
      if (new Set(yeses.map(({ actor }) => actor)).size < gate.quorum) {
        this.laws.breaks('S6: a gate opens without its quorum', `${gate.id} ${id}`);
      }
    }
  }

  closes(run: WorkflowRun): void {
    const rollout = rolloutOf(run.id);
    if (rollout) return this.rolloutEnds(run, this.laws.journals.get(run.id));
    if (run.id.startsWith('promotion/') && run.closed !== 'terminated') this.promotionEnds(run);
  }

  wasLive(epoch: number): boolean {
    const end = this.outcomes.find(({ id }) => id === promotionId(MODEL, epoch))?.outcome;
    return end === 'live' || end === 'live-partial';
  }

  private hear(name: string, { task, startedMs }: Attempt, input: unknown, result: unknown): void {
    const journal = this.laws.journals.get(task.run.id);
    if (!journal) return;
    if (name === 'validate') {
      const { problems, agreed, cases } = result as ValidationEvidence;
      journal.validated ||= problems.length === 0 && agreed === cases && cases > 0;
      const region = this.regions.get(journal.region);
      if (journal.validated && region && region.spoiledMs < startedMs) {
        this.laws.breaks('S15: wrong answers pass validation');
      }
    }
    if (name === 'watch') this.judged(journal, input as WatchInput, result as WatchOutcome);
  }

  private judged(journal: Journal, { freight, weightPct, limits }: WatchInput, outcome: WatchOutcome): void {
    if (outcome.kind !== 'verdict') return;
    const { verdict } = outcome;
    if (verdict.kind === 'regressed') journal.regressed = true;
    if (verdict.kind !== 'healthy') return;
    journal.healthy.add(weightPct);
    if (weightPct === 100) journal.looksAfterFlip++;
    const { canary } = verdict.evidence;
    const nodes = this.regions.get(journal.region)?.nodes ?? [];
    const arm = weightPct < 100 ? 'canary' : 'stable';
    let [truly, share] = [0, 0];
    for (const { traffic } of nodes) {
      truly += traffic.truly(freight, arm);
      share = Math.max(share, traffic.bad.get(freight) ?? 0);
    }
    if (nodes.some(({ countedMs }) => this.laws.nowMs - countedMs > FRESH_MS))
      this.laws.breaks('S15: a pass on old counts');
    if (canary.requests < limits.minRequests) this.laws.breaks('S15: a pass without data');
    if (canary.requests > truly) this.laws.breaks('S14: more requests were counted than came');
    if (share > 0 && canary.errors === 0 && this.isBadSince(journal)) this.laws.breaks('S15: a bad canary passes');
  }

  private isBadSince({ region, weightSinceMs }: Journal): boolean {
    const since = this.regions.get(region)?.badSinceMs;
    return since !== undefined && since < weightSinceMs;
  }

  private rolloutEnds({ id, result, closed }: WorkflowRun, journal: Journal | undefined): void {
    const region = journal && this.regions.get(journal.region);
    if (!region) return;
    journal.hasEnded = true;
    const outcome = String(result);
    this.outcomes.push({ id, outcome });
    if (closed !== 'completed') return this.laws.breaks('L1: a rollout ends without an outcome', `${id} ${closed}`);
    if (this.isNewest(journal)) region.phase = 'idle';
    if (outcome === 'live') this.isLive(id, journal, region);
    if (outcome === 'rolled-back' || outcome === 'skipped') this.isAsFound(id, journal, region);
    if (outcome === 'stuck') {
      if (!journal.undoFailed) this.laws.breaks('stuck without an undo that failed', id);
      if (!journal.accepted) this.laws.breaks('stuck without a person who accepted', id);
      this.settle(journal, null);
      this.accepted.add(journal.region);
    }
    if (outcome === 'superseded') {
      if (!this.isUsurped(journal)) this.laws.breaks('superseded without a newer epoch', id);
      this.settle(journal, null);
    }
  }

  private isLive(id: string, journal: Journal, region: SimulatedRegion): void {
    const { epoch, healthy, validated, regressed, region: at } = journal;
    const plan = this.laws.plans.get(epoch);
    const truth = journal.left ?? truthOf(region);
    const freight = plan?.freight.digest;
    if (truth.canaries > 0 || truth.stables.some((stable) => stable !== freight) || truth.current !== freight) {
      if (!this.isUsurped(journal)) this.laws.breaks('S11: live, but not flipped everywhere', id);
    }
    if (!healthy.has(100) || regressed || !(validated || plan?.fastTrack))
      this.laws.breaks('S4: live, but not healthy', id);
    if (!this.status(epoch)?.committed) this.laws.breaks('S11: live, but not committed', id);
    if (this.abortAccepted.has(epoch)) this.laws.breaks('S7: live after an accepted abort', id);
    this.settle(journal, truth);
  }

  private isAsFound(id: string, journal: Journal, region: SimulatedRegion): void {
    const { found, region: at, left = truthOf(region) } = journal;
    if (!this.isUsurped(journal) && !sameTruth(left, found)) {
      this.laws.breaks('S8: rolled back, but not as found', `${id} ${JSON.stringify([left, found])}`);
    }
    this.settle(journal, found);
  }

  /** Nothing is claimed or held for a rollout that has gone back. */
  isReleased(id: string, epoch: number, region: SimulatedRegion): void {
    const freight = this.laws.plans.get(epoch)?.freight.digest;
    if (freight === undefined) return;
    const ours = (holder: string) => holder.startsWith(`${id}/`);
    const name = `${MODEL}--${freight.slice(7, 19)}`;
    const left = [...holders(region, freight), ...holders(region, `load/${name}`)].filter(ours);
    if (left.length > 0) this.laws.breaks('S8: a claim outlives its rollout', left.join());
    const { stables, current, previous } = truthOf(region);
    const isServed = [...stables, current, ...previous].includes(freight);
    if (isLoaded(region, freight) && !isServed && holders(region, `load/${name}`).length === 0) {
      this.laws.breaks('S8: a version stays loaded that nobody holds', id);
    }
  }

  private promotionEnds({ id, result, args }: WorkflowRun): void {
    const { epoch } = args[0] as PromotionInput;
    const outcome = String(result);
    this.outcomes.push({ id, outcome });
    const ends = this.outcomes.filter((one) => rolloutOf(one.id)?.epoch === epoch).map((one) => one.outcome);
    const isLive = outcome === 'live' || outcome === 'live-partial';
    if (this.abortAccepted.has(epoch) && isLive) this.laws.breaks('S7: live after an accepted abort', id);
    if (outcome === 'live' && ends.some((end) => end !== 'live')) this.laws.breaks('S11: live, but not everywhere', id);
    if (!isLive && ends.includes('live')) this.laws.breaks('S8: taken back, but a region stayed live', id);
    if (ends.includes('stuck') && outcome !== 'stuck' && outcome !== 'live-partial')
      this.laws.breaks('a stuck region is hidden', id);
  }

  /** Only the newest rollout of a region says what is right there from now on. */
  private settle(journal: Journal, truth: Truth | null): void {
    if (this.isNewest(journal)) this.settled.set(journal.region, this.isUsurped(journal) ? null : truth);
  }

  private isNewest({ region, epoch }: Journal): boolean {
    return [...this.laws.journals.values()].every((other) => other.region !== region || other.epoch <= epoch);
  }

  private isUsurped({ region, epoch }: Journal): boolean {
    return (this.usurped.get(region) ?? 0) > epoch;
  }

  private status(epoch: number): PromotionStatus | undefined {
    return this.engine?.query(promotionId(MODEL, epoch), 'status') as PromotionStatus | undefined;
  }
}
