import type { PromotionInput, PromotionStatus } from '../../../workflows/contract';
import { promotionId } from '../../../workflows/contract';
import type { WorkflowRun } from '../sdk/workflow-run';
import { MODEL } from './freights';
import { rolloutOf, type Journal } from './journal';
import type { Laws } from './laws';
import type { SimulatedRegion } from './region';
import { reasonable } from './reasons';
import { isLoaded, sameTruth, truthOf, type Truth } from './truth';
import type { Witness } from './witness';

/** Holds how rollouts and promotions end against what their regions serve then. */
export class Ends {
  constructor(
    private readonly witness: Witness,
    private readonly laws: Laws,
    private readonly regions: ReadonlyMap<string, SimulatedRegion>,
  ) {}

  rollout(run: WorkflowRun, journal: Journal | undefined): void {
    const { id, result, closed } = run;
    const region = journal && this.regions.get(journal.region);
    if (!region) return;
    journal.hasEnded = true;
    const outcome = String(result);
    this.witness.outcomes.push({ id, outcome });
    if (closed !== 'completed') return this.laws.breaks('L1: a rollout ends without an outcome', `${id} ${closed}`);
    if (this.isNewest(journal)) region.phase = 'idle';
    if (outcome === 'live') this.isLive(id, journal, region);
    if (outcome === 'rolled-back' || outcome === 'skipped') this.isAsFound(run, journal, region);
    if (outcome === 'skipped' && journal.skippedServing && !journal.leftOut)
      this.laws.breaks('contract 3: who serves is not skipped', id);
    if (outcome === 'stuck') {
      if (!journal.undoFailed) this.laws.breaks('stuck without an undo that failed', id);
      if (!journal.accepted) this.laws.breaks('stuck without a person who accepted', id);
      this.settle(journal, null);
      this.witness.accepted.add(journal.region);
    }
    if (outcome === 'superseded') {
      if (!this.isUsurped(journal) && this.isNewest(journal)) this.laws.breaks('superseded without a newer epoch', id);
      if (!journal.metNewer) this.laws.breaks('contract 4: superseded is who met a newer epoch', id);
      this.settle(journal, null);
    }
  }

  private isLive(id: string, journal: Journal, region: SimulatedRegion): void {
    const { epoch, healthy, validated, regressed, foundLoaded, found } = journal;
    const plan = this.laws.plans.get(epoch);
    const truth = journal.left ?? truthOf(region);
    const freight = plan?.freight.digest;
    if (truth.canaries > 0 || truth.stables.some((stable) => stable !== freight) || truth.current !== freight) {
      if (!this.isUsurped(journal)) this.laws.breaks('S11: live, but not flipped everywhere', id);
    }
    if (!healthy.has(100) || regressed || !(validated || plan?.fastTrack))
      this.laws.breaks('S4: live, but not healthy', id);
    if (this.isNewest(journal) && foundLoaded && found.current !== null && !isLoaded(region, found.current)) {
      this.laws.breaks('contract 6: the version before stays loaded', id);
    }
    if (!this.status(epoch)?.committed) this.laws.breaks('S11: live, but not committed', id);
    if (this.witness.abortAccepted.has(epoch)) this.laws.breaks('S7: live after an accepted abort', id);
    this.settle(journal, truth);
  }

  private isAsFound(run: WorkflowRun, journal: Journal, region: SimulatedRegion): void {
    const { found, left = truthOf(region) } = journal;
    const isUsurped = this.isUsurped(journal);
    if (!isUsurped && !sameTruth(left, found)) {
      this.laws.breaks('S8: rolled back, but not as found', `${run.id} ${JSON.stringify([left, found])}`);
    }
    reasonable(this.laws, run, journal, left, isUsurped);
    this.settle(journal, found);
  }

  promotion({ id, result, args }: WorkflowRun): void {
    const { epoch } = args[0] as PromotionInput;
    const outcome = String(result);
    this.witness.outcomes.push({ id, outcome });
    const ends = this.witness.outcomes.filter((one) => rolloutOf(one.id)?.epoch === epoch).map((one) => one.outcome);
    const isLive = outcome === 'live' || outcome === 'live-partial';
    if (this.witness.abortAccepted.has(epoch) && isLive) this.laws.breaks('S7: live after an accepted abort', id);
    if (outcome === 'live' && ends.some((end) => end !== 'live')) this.laws.breaks('S11: live, but not everywhere', id);
    if (!isLive && ends.includes('live')) this.laws.breaks('S8: taken back, but a region stayed live', id);
    if (this.witness.rejected.has(epoch) && isLive) this.laws.breaks('contract 2: live after a no', id);
    this.tellsTime(id, epoch);
    if (ends.includes('stuck') && outcome !== 'stuck' && outcome !== 'live-partial')
      this.laws.breaks('a stuck region is hidden', id);
  }

  /** The time to safe goes from the accepted abort to the last route that was read back; the window ends by the plan's policy. */
  private tellsTime(id: string, epoch: number): void {
    const status = this.status(epoch);
    const text = status?.reason?.text ?? '';
    if (text.startsWith('the window is over') && this.laws.plans.get(epoch)?.deadline === 'hold') {
      this.laws.breaks('contract 3: the deadline policy acts at the end of the window', id);
    }
    if (text.includes('skipped it:')) this.laws.breaks('contract 3: a skip leaves the others alone', id);
    const abortedMs = this.witness.abortAccepted.get(epoch);
    const toldMs = status?.timeToSafeMs ?? null;
    if (abortedMs === undefined || toldMs === null) return;
    const journals = [...this.laws.journals.values()].filter((journal) => journal.epoch === epoch);
    const safeMs = Math.max(...journals.map((journal) => journal.safeMs ?? 0));
    if (toldMs < safeMs - abortedMs)
      this.laws.breaks('contract 3: time to safe', `${id} ${toldMs} ${safeMs - abortedMs}`);
  }

  /** Only the newest rollout of a region says what is right there from now on. */
  private settle(journal: Journal, truth: Truth | null): void {
    if (this.isNewest(journal)) this.witness.settled.set(journal.region, this.isUsurped(journal) ? null : truth);
  }

  private isNewest({ region, epoch }: Journal): boolean {
    return [...this.laws.journals.values()].every((other) => other.region !== region || other.epoch <= epoch);
  }

  private isUsurped({ region, epoch }: Journal): boolean {
    return (this.witness.usurped.get(region) ?? 0) > epoch;
  }

  private status(epoch: number): PromotionStatus | undefined {
    return this.witness.engine?.query(promotionId(MODEL, epoch), 'status') as PromotionStatus | undefined;
  }
}
