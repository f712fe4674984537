import { ApplicationFailure } from '@temporalio/common';
import type { RegionInventory } from '../../../activities/inventory';
import type { MemoryManifest } from '../../../adapters/manifest/memory';
import { gatesOf } from '../../../domain/plan';
import { promotionId, type Round, type Turn, type WayBack } from '../../../workflows/contract';
import type { ActivityTask } from '../sdk/activity-task';
import type { Activities, Engine } from '../sdk/engine';
import { attemptNow, type Attempt } from '../sdk/attempt';
import type { WorkflowRun } from '../sdk/workflow-run';
import { Ends } from './ends';
import { MODEL } from './freights';
import { rolloutOf } from './journal';
import type { Laws } from './laws';
import type { SimulatedRegion } from './region';
import { Requests } from './requests';
import type { Truth } from './truth';
import { Verdicts } from './verdicts';

const FORWARD = new Set(
  'fenceRow fenceRegion reserve replicate verify load validate setWeight flip point finalizeRegion upload'.split(' '),
);
const UNDO = new Set('releaseClaims unload restoreRoute restorePointer'.split(' '));

interface Yes {
  readonly actor: string;
  readonly expMs: number;
}

/** Sees what activities answer, what people were told, and how workflows end; holds it against the laws. */
export class Witness {
  readonly abortAnswered = new Set<number>(); // epochs
  readonly abortAccepted = new Map<number, number>(); // by epoch: when
  readonly rejected = new Set<number>(); // epochs
  readonly yeses = new Map<string, Yes[]>(); // by `<epoch> <gate>`
  readonly settled = new Map<string, Truth | null>(); // by region; null: nobody can say
  readonly outcomes: { readonly id: string; readonly outcome: string }[] = [];
  readonly usurped = new Map<string, number>(); // by region: the foreign epoch that took it
  readonly starters = new Map<number, string>(); // by epoch
  readonly accepted = new Set<string>(); // regions where a person accepted what was left: nobody can say what is right there
  readonly asked: number[] = []; // epochs whose abort was asked for
  stoppedAt: number | undefined; // the epoch at which a person held or froze the line
  seenEpoch = 0; // the highest that a region has answered
  engine: Engine | undefined;

  private readonly verdicts: Verdicts;
  private readonly ends: Ends;
  private readonly requests: Requests;

  constructor(
    private readonly laws: Laws,
    regions: ReadonlyMap<string, SimulatedRegion>,
    manifest: MemoryManifest,
    private readonly wallMs: () => number,
  ) {
    this.verdicts = new Verdicts(laws, regions);
    this.ends = new Ends(this, laws, regions);
    this.requests = new Requests(laws, regions, manifest);
  }

  /** Activities that the law listens to. */
  listening(activities: Activities): Activities {
    const heard = Object.entries(activities).map(([name, run]) => {
      const call = async (input: unknown): Promise<unknown> => {
        const attempt = attemptNow();
        try {
          const result = await run(input);
          this.verdicts.hear(name, attempt, input, result);
          if (name === 'takeInventory') this.surveyed(attempt, result as RegionInventory);
          return result;
        } catch (err) {
          this.failed(attempt, err);
          throw err;
        }
      };
      return [name, call] as const;
    });
    return Object.fromEntries(heard);
  }

  private surveyed({ task }: Attempt, { epoch }: RegionInventory): void {
    if (!task.isClosed) this.seenEpoch = Math.max(this.seenEpoch, epoch);
  }

  attemptStarts(attempt: Attempt): void {
    const { task } = attempt;
    this.requests.starts(attempt);
    const rollout = rolloutOf(task.run.id);
    if (!rollout || !FORWARD.has(task.name) || !this.abortAnswered.has(rollout.epoch)) return;
    this.laws.breaks('S7: forward work starts after the abort was answered', `${task.name} ${task.run.id}`);
  }

  /** What workflow code asks for, at the moment it does. */
  schedules(task: ActivityTask): void {
    this.requests.schedules(task);
  }

  /** What an attempt says of itself while it runs. */
  beats(attempt: Attempt, details: unknown): void {
    this.requests.beat(attempt, details);
  }

  hears(id: string, signal: string, args: readonly unknown[]): void {
    const journal = this.laws.journals.get(id);
    if (!journal) return;
    if (signal === 'pause' || signal === 'resume') journal.takes(signal, args[0] as Turn);
    if (signal === 'prepareFinalize' || signal === 'guard') journal.takesRound(signal, args[0] as Round);
    if (signal === 'settle') journal.answered = true;
    if (signal === 'rollBack') journal.goBack(args[0] as WayBack);
    if (signal !== 'finalize') return;
    if (journal.looksAfterFlip < 2) this.laws.breaks('S11: committed without a last look', id);
    if (journal.looked !== journal.asked) this.laws.breaks('contract 3: only `healthy` answers a last look', id);
    if (journal.asked === 0) this.laws.breaks('contract 3: committed on the answer of a void round', id);
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

  private failed({ task }: Attempt, err: unknown): void {
    const journal = this.laws.journals.get(task.run.id);
    if (!journal || !(err instanceof ApplicationFailure)) return;
    if (err.nonRetryable === true && (UNDO.has(task.name) || task.name === 'finalizeRegion')) journal.undoFailed = true;
    if (err.type === 'StaleEpoch') journal.metNewer = true;
    if (err.type === 'StaleEpoch' && FORWARD.has(task.name))
      journal.staleEpoch = (err.details?.[0] as { readonly seen: number }).seen;
  }

  closes(run: WorkflowRun): void {
    if (rolloutOf(run.id)) return this.ends.rollout(run, this.laws.journals.get(run.id));
    if (run.id.startsWith('promotion/') && run.closed !== 'terminated') this.ends.promotion(run);
  }

  wasLive(epoch: number): boolean {
    const its = this.outcomes.filter(({ id }) => id === promotionId(MODEL, epoch) || rolloutOf(id)?.epoch === epoch);
    return its.some(({ outcome }) => outcome === 'live' || outcome === 'live-partial'); // one that was terminated says nothing itself
  }
}
