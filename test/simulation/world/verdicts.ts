import type { WatchInput, WatchOutcome } from '../../../activities/watch';
import type { ValidationEvidence } from '../../../domain/evidence';
import type { Attempt } from '../sdk/attempt';
import type { Journal } from './journal';
import type { Laws } from './laws';
import type { SimulatedRegion } from './region';

const FRESH_MS = 2_000; // from the counters of a look to its verdict

/** Holds what validations and watches answer against what the region truly served and counted. */
export class Verdicts {
  constructor(
    private readonly laws: Laws,
    private readonly regions: ReadonlyMap<string, SimulatedRegion>,
  ) {}

  /** What an activity answered its workflow. */
  hear(name: string, { task, startedMs }: Attempt, input: unknown, result: unknown): void {
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
}
