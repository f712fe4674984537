import type { SetWeightInput } from '../../../activities/route';
import type { WatchInput, WatchProgress } from '../../../activities/watch';
import type { MemoryManifest } from '../../../adapters/manifest/memory';
import type { ActivityTask } from '../sdk/activity-task';
import type { Attempt } from '../sdk/attempt';
import { MODEL } from './freights';
import type { Journal } from './journal';
import type { Laws } from './laws';
import type { SimulatedRegion } from './region';
import { pointerOf } from './truth';

const CLEAN_UP = new Set(['releaseClaims', 'unload', 'restorePointer']);
const LET_GO = new Set(['watch', 'awaitCounters']); // a cancelled one need not have ended: its token shuts it out
const SILENCE_MS = 5_000; // after which a watch is taken for dead
const BEYOND_SILENCE_MS = 10_000; // that a lease has to last
const ENTRIES = 3; // of a step whose lease lapsed
const ORDERS = new Set(['setWeight', 'flip', 'point', 'readRoutes']);
const ORDER_ATTEMPTS = 12; // about a minute: half of it may have taken hold, and nobody watches meanwhile
const HEARTBEAT_BYTES = 1_024;

/** Holds what workflow code asks of its activities, and when their attempts start, against the contract. */
export class Requests {
  private readonly scheduledMs = new WeakMap<ActivityTask, number>();
  private readonly beats = new WeakMap<Attempt, WatchProgress>();

  constructor(
    private readonly laws: Laws,
    private readonly regions: ReadonlyMap<string, SimulatedRegion>,
    private readonly manifest: MemoryManifest,
  ) {}

  schedules(task: ActivityTask): void {
    const { run, name, input } = task;
    const journal = this.laws.journals.get(run.id);
    if (!journal) return;
    this.scheduledMs.set(task, this.laws.nowMs);
    if (name === 'watch') this.watches(task, journal, input as WatchInput);
    if (name === 'flip' || name === 'setWeight') this.orders(task, journal);
    else journal.orders = 0;
    if (CLEAN_UP.has(name) && journal.forward && !journal.forward.isClosed) {
      this.laws.breaks('contract 3: clean-up waits for forward work', `${name} ${journal.forward.name}`);
    }
    if (name === 'restoreRoute') this.makesSafe(task, journal);
    else if (!CLEAN_UP.has(name) && !LET_GO.has(name)) journal.forward = task;
  }

  starts(attempt: Attempt): void {
    const { task, number, startedMs, heartbeatDetails } = attempt;
    const { name, run } = task;
    const journal = this.laws.journals.get(run.id);
    const plan = journal && this.laws.plans.get(journal.epoch);
    if (!journal || !plan) return;
    const region = this.regions.get(journal.region);
    if (name === 'unload' && region) this.laws.loads.begins(attempt, region, plan.freight.digest);
    const waitedMs = startedMs - (this.scheduledMs.get(task) ?? startedMs);
    if ((name === 'flip' || name === 'setWeight') && number === 1 && waitedMs > plan.patienceMs) {
      this.laws.breaks('contract 5: an order that waited has to be given again', `${name} ${waitedMs} ms`);
    }
    if (ORDERS.has(name) && number > ORDER_ATTEMPTS)
      this.laws.breaks('contract 5: an order that does not get through goes back', `${name} ${number}`);
    if (name === 'reserve' && number === 1) this.isFenced(journal);
    if (name === 'watch' && JSON.stringify(heartbeatDetails ?? null).length > HEARTBEAT_BYTES) {
      this.laws.breaks('contract 5: a heartbeat has at most 1 KB');
    }
  }

  /** What a watch says of itself: its successor goes on from there, and counts never go back. */
  beat(attempt: Attempt, details: unknown): void {
    const { task } = attempt;
    const isHeeded = task === this.laws.journals.get(task.run.id)?.watch && !task.isClosed;
    if (task.name !== 'watch' || !isHeeded) return;
    const progress = details as WatchProgress;
    const before = this.beats.get(attempt) ?? (attempt.heartbeatDetails as WatchProgress | undefined);
    this.beats.set(attempt, progress);
    if (!before) return;
    if (progress.looks < before.looks) this.laws.breaks('contract 5: a successor goes on where the heartbeat was');
    if (progress.under.requests < before.under.requests)
      this.laws.breaks(
        'contract 5: counts never go back',
        `${attempt.task.run.id} ${JSON.stringify([before, progress])}`,
      );
  }

  private watches(task: ActivityTask, journal: Journal, { weightPct, carried }: WatchInput): void {
    const plan = this.laws.plans.get(journal.epoch);
    const { heartbeatMs } = task.bounds;
    if (journal.watch && !journal.watch.isClosed) this.laws.breaks('contract 5: one watch per rollout', task.run.id);
    journal.watch = task;
    journal.watchSinceMs = this.laws.nowMs;
    if (heartbeatMs > SILENCE_MS || (plan?.watch.leaseMs ?? Infinity) < heartbeatMs + BEYOND_SILENCE_MS) {
      this.laws.breaks('contract 5: a dead watch is noticed before its lease ends', `${heartbeatMs} ms`);
    }
    const below = this.laws.stepsOf(journal).filter((step) => step < weightPct && journal.healthy.has(step));
    const known = [weightPct, ...below.slice(-1)].flatMap((weight) => journal.evidence.get(weight) ?? []);
    if (below.length > 0 && !known.includes(JSON.stringify(carried.lnE))) {
      this.laws.breaks(
        'contract 5: the evidence of finished weights is carried on',
        `${weightPct} ${carried.lnE.join()}`,
      );
    }
  }

  private orders({ run, name, input }: ActivityTask, journal: Journal): void {
    const weightPct = name === 'flip' ? 100 : ((input as Partial<SetWeightInput>).canary?.weightPct ?? 0);
    if (journal.paused && weightPct > journal.weightPct) {
      this.laws.breaks('contract 2: pause stops advancing', `${run.id} ${weightPct}`);
    }
    if (weightPct > 0 && weightPct < 100) {
      if (weightPct !== journal.orderedPct) journal.lapses = 0; // a flip that fails leads back to the same step
      journal.orderedPct = weightPct;
    }
    journal.orders++;
    if (journal.lapses >= ENTRIES) this.laws.breaks('contract 5: entered again twice, then rolled back', run.id);
    if (journal.blind && weightPct > 0) this.laws.breaks('contract 3: entered again before data returned', run.id);
  }

  private makesSafe({ run }: ActivityTask, journal: Journal): void {
    if (journal.backSinceMs === undefined) return;
    if (journal.backSinceMs !== this.laws.nowMs) this.laws.breaks('contract 3: making safe waits for nothing', run.id);
    journal.backSinceMs = undefined;
  }

  /** The first step of a rollout was to fence each gateway node, the pointer and the manifest row. */
  private isFenced({ region: id, epoch }: Journal): void {
    const region = this.regions.get(id);
    if (!region) return;
    const nodes = region.nodes.map(({ row }) => row.fence.epoch);
    const row = this.manifest['held'].get(`${MODEL}/${id}`)?.fence.epoch ?? 0;
    const seen = [...nodes, pointerOf(region)?.fence.epoch ?? 0, row];
    if (seen.some((fence) => fence < epoch))
      this.laws.breaks('contract 4: the first step is fence', `${id} ${seen.join()}`);
  }
}
