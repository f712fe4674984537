import type { PromotionInput, PromotionStatus } from '../../../workflows/contract';
import { promotionId } from '../../../workflows/contract';
import type { WorkflowRun } from '../sdk/workflow-run';
import { MODEL } from './freights';
import { rolloutOf, type Journal } from './journal';
import type { Laws } from './laws';
import type { SimulatedRegion } from './region';
import { sameTruth, truthOf, type Truth } from './truth';
import type { Witness } from './witness';

/** Holds how rollouts and promotions end against what their regions serve then. */
export class Ends {
  constructor(
    private readonly witness: Witness,
    private readonly laws: Laws,
    private readonly regions: ReadonlyMap<string, SimulatedRegion>,
  ) {}

  rollout({ id, result, closed }: WorkflowRun, journal: Journal | undefined): void {
    const region = journal && this.regions.get(journal.region);
    if (!region) return;
    journal.hasEnded = true;
    const outcome = String(result);
    this.witness.outcomes.push({ id, outcome });
    if (closed !== 'completed') return this.laws.breaks('L1: a rollout ends without an outcome', `${id} ${closed}`);
    if (this.isNewest(journal)) region.phase = 'idle';
    if (outcome === 'live') this.isLive(id, journal, region);
    if (outcome === 'rolled-back' || outcome === 'skipped') this.isAsFound(id, journal, region);
    if (outcome === 'stuck') {
      if (!journal.undoFailed) this.laws.breaks('stuck without an undo that failed', id);
      if (!journal.accepted) this.laws.breaks('stuck without a person who accepted', id);
      this.settle(journal, null);
      this.witness.accepted.add(journal.region);
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
    if (this.witness.abortAccepted.has(epoch)) this.laws.breaks('S7: live after an accepted abort', id);
    this.settle(journal, truth);
  }

  private isAsFound(id: string, journal: Journal, region: SimulatedRegion): void {
    const { found, region: at, left = truthOf(region) } = journal;
    if (!this.isUsurped(journal) && !sameTruth(left, found)) {
      this.laws.breaks('S8: rolled back, but not as found', `${id} ${JSON.stringify([left, found])}`);
    }
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
    if (ends.includes('stuck') && outcome !== 'stuck' && outcome !== 'live-partial')
      this.laws.breaks('a stuck region is hidden', id);
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
