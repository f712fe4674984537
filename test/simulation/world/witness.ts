import { ApplicationFailure } from '@temporalio/common';
import type { SetWeightInput } from '../../../activities/route';
import { gatesOf } from '../../../domain/plan';
import { promotionId } from '../../../workflows/contract';
import type { ActivityTask } from '../sdk/activity-task';
import type { Activities, Engine } from '../sdk/engine';
import { attemptNow, type Attempt } from '../sdk/attempt';
import type { WorkflowRun } from '../sdk/workflow-run';
import { Ends } from './ends';
import { MODEL } from './freights';
import { rolloutOf } from './journal';
import type { Laws } from './laws';
import type { SimulatedRegion } from './region';
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
  readonly abortAccepted = new Set<number>();
  readonly yeses = new Map<string, Yes[]>(); // by `<epoch> <gate>`
  readonly settled = new Map<string, Truth | null>(); // by region; null: nobody can say
  readonly outcomes: { readonly id: string; readonly outcome: string }[] = [];
  readonly usurped = new Map<string, number>(); // by region: the foreign epoch that took it
  readonly starters = new Map<number, string>(); // by epoch
  readonly accepted = new Set<string>(); // regions where a person accepted what was left: nobody can say what is right there
  readonly asked: number[] = []; // epochs whose abort was asked for
  engine: Engine | undefined;

  private readonly verdicts: Verdicts;
  private readonly ends: Ends;

  constructor(
    private readonly laws: Laws,
    regions: ReadonlyMap<string, SimulatedRegion>,
    private readonly wallMs: () => number,
  ) {
    this.verdicts = new Verdicts(laws, regions);
    this.ends = new Ends(this, laws, regions);
  }

  /** Activities that the law listens to. */
  listening(activities: Activities): Activities {
    const heard = Object.entries(activities).map(([name, run]) => {
      const call = async (input: unknown): Promise<unknown> => {
        const attempt = attemptNow();
        try {
          const result = await run(input);
          this.verdicts.hear(name, attempt, input, result);
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
    if (rolloutOf(run.id)) return this.ends.rollout(run, this.laws.journals.get(run.id));
    if (run.id.startsWith('promotion/') && run.closed !== 'terminated') this.ends.promotion(run);
  }

  wasLive(epoch: number): boolean {
    const end = this.outcomes.find(({ id }) => id === promotionId(MODEL, epoch))?.outcome;
    return end === 'live' || end === 'live-partial';
  }
}
