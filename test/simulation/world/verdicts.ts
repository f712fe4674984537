import type { WriteOutcome } from '../../../activities/route';
import type { WatchInput, WatchOutcome } from '../../../activities/watch';
import type { ValidationEvidence } from '../../../domain/evidence';
import type { Found } from '../../../domain/found';
import type { ActivityTask } from '../sdk/activity-task';
import type { Attempt } from '../sdk/attempt';
import type { Journal } from './journal';
import type { Laws } from './laws';
import type { SimulatedRegion } from './region';

const EXTENSIONS = 2; // of a bake that lacks evidence
const FRESH_MS = 2_000; // from the counters of a look to its verdict

type Judged = Extract<WatchOutcome, { readonly kind: 'verdict' }>;

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
      const isNew = this.laws.plans.get(journal.epoch)?.freight.version !== 'v1'; // only those are spoiled
      if (isNew && journal.validated && region && region.spoiledMs < startedMs) {
        this.laws.breaks('S15: wrong answers pass validation');
      }
    }
    if (name === 'fenceRegion') this.found(journal, result as Found);
    if (name === 'setWeight' || name === 'flip') this.written(journal, task, result as WriteOutcome);
    if (name === 'awaitCounters') journal.blind = false;
    if (name === 'watch') this.ended(journal, task, result as WatchOutcome);
  }

  /** What was found is what the fence saw, in the same step. */
  private found({ fenced }: Journal, { nodes }: Found): void {
    for (const { id, generation, stable } of nodes) {
      const route = fenced.get(id);
      if (route?.generation === generation && route.stable === stable) continue;
      this.laws.breaks('contract 4: found in the step of the fence', `${id} ${generation} ${route?.generation}`);
    }
  }

  private written(journal: Journal, task: ActivityTask, outcome: WriteOutcome): void {
    if (task.isClosed) return; // nobody heeds what a straggler says
    if (outcome.kind === 'moved' && (outcome.cause === 'step' || outcome.cause === 'flip') && journal.orders === 1) {
      this.laws.breaks('contract 5: a repeated write is recognised', journal.region);
    }
    if (outcome.kind === 'moved' && outcome.cause === 'lease') journal.lapses++;
    if (outcome.kind !== 'set') return;
    journal.thin = 0;
    journal.wasHeld = false;
    if (journal.unread.size > 0) this.laws.breaks('contract 5: read back node by node', [...journal.unread].join());
  }

  private ended(journal: Journal, task: ActivityTask, outcome: WatchOutcome): void {
    const isHeeded = task === journal.watch && !task.isClosed;
    const isFirst = isHeeded && journal.counted !== task; // an answer may be lost, and another attempt give it again
    if (isHeeded) journal.blind = outcome.kind === 'lapsed' && outcome.blind;
    if (outcome.kind === 'superseded' && outcome.seen !== null) journal.metNewer = true;
    const hasLapsed = outcome.kind === 'lapsed' || (outcome.kind === 'moved' && outcome.cause === 'lease');
    if (isFirst && hasLapsed) journal.counted = task;
    if (hasLapsed && isFirst) journal.lapses++;
    if (outcome.kind !== 'verdict') return;
    const { kind } = outcome.verdict;
    if (isHeeded) journal.verdict = kind;
    if (isHeeded && kind === 'insufficient-evidence') this.thin(journal, task.input as WatchInput);
    // What a predecessor finds that nobody hears any more, and that reaches no node, is known to nobody.
    if (kind === 'regressed' && (isHeeded || journal.restored.size > 0)) journal.regressed = true;
    if (kind === 'regressed') this.restored(journal, task.input as WatchInput, outcome);
    this.counted(journal, outcome);
    if (kind === 'healthy') this.passed(journal, task.input as WatchInput, outcome, isHeeded);
  }

  private thin(journal: Journal, { plannedLook }: WatchInput): void {
    journal.thin = plannedLook;
    if (plannedLook > EXTENSIONS + 1 && !journal.wasHeld) {
      this.laws.breaks('contract 3: a bake is extended twice, then held', `${journal.region} ${plannedLook}`);
    }
  }

  /** A watch that finds a breach has restored the route itself, or has tried to. */
  private restored(journal: Journal, { nodes }: WatchInput, { restored }: Judged): void {
    if (restored && nodes.some(({ id }) => !journal.restored.has(id)))
      this.laws.breaks('contract 3: safe is who was restored on every node', journal.region);
    if (nodes.every(({ id }) => journal.restoring.has(id))) return;
    this.laws.breaks('contract 5: the watch restores before it answers', journal.region);
  }

  /** Nobody is judged by more errors than requests. */
  private counted({ region }: Journal, { verdict }: Judged): void {
    if (verdict.kind === 'provider-error' || verdict.evidence.canary.errors <= verdict.evidence.canary.requests) return;
    this.laws.breaks('S15: counts that cannot be true are no evidence', region);
  }

  private passed(
    journal: Journal,
    { freight, weightPct, limits, bakeMs }: WatchInput,
    outcome: Judged,
    isHeeded: boolean,
  ): void {
    if (outcome.verdict.kind !== 'healthy') return;
    const { canary, lnE } = outcome.verdict.evidence;
    journal.healthy.add(weightPct);
    journal.thin = 0;
    if (weightPct === 100) journal.looksAfterFlip++;
    if (weightPct === 100 && isHeeded) journal.looked = journal.asked;
    else journal.evidence.set(weightPct, [...(journal.evidence.get(weightPct) ?? []), JSON.stringify(lnE)]);
    if (isHeeded && this.laws.nowMs - journal.weightSinceMs < (bakeMs ?? 0)) {
      this.laws.breaks(
        'contract 3: passed before the bake was over',
        `${weightPct} ${this.laws.nowMs - journal.weightSinceMs}`,
      );
    }
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
