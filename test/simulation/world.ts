import { MemoryConfiguration } from '../../adapters/configuration/memory';
import { MemoryManifest } from '../../adapters/manifest/memory';
import { MemoryRouterNode } from '../../adapters/router/memory';
import { createControlActivities, createRegionActivities } from '../../activities';
import { lineId, type PromotionInput } from '../../workflows/contract';
import { modelLine } from '../../workflows/model-line';
import { Engine, type Activities } from './sdk/engine';
import type { Nemesis } from './sdk/nemesis';
import { Random } from './sdk/random';
import { Scheduler } from './sdk/scheduler';
import { Place } from './sdk/scopes';
import { Station } from './sdk/station';
import { whereNow } from './sdk/where';
import type { WorkflowRun } from './sdk/workflow-run';
import { byStation } from './world/by-station';
import type { Coverage } from './world/coverage';
import { Crowd } from './world/crowd';
import { finalLaws } from './world/final-laws';
import { CopiedStore, MODEL, type Fixtures } from './world/freights';
import { rolloutOf } from './world/journal';
import { Laws } from './world/laws';
import { Operators } from './world/operators';
import { ROSTER, START_MS } from './world/people';
import { drawPolicy, fleetOf, REGIONS } from './world/policies';
import { clockOf, controlPorts, regionPorts } from './world/ports';
import { drawNodes, SimulatedRegion, type NodeClass } from './world/region';
import { Striker } from './world/striker';
import { truthOf } from './world/truth';
import { Wire, type FarSide } from './world/wire';
import { Witness } from './world/witness';

/** What a test may put in place of the real parts: mistakes that the simulation has to find. */
export interface Options {
  readonly node?: NodeClass;
  readonly activities?: (real: Activities) => Activities;
  readonly journeys?: Readonly<Record<string, (...args: never[]) => Promise<unknown>>>;
  readonly world?: (world: World) => void; // once it is built
  readonly trace?: boolean;
}
export interface Run {
  readonly seed: number;
  readonly broken: readonly string[];
  readonly outcomes: readonly { readonly id: string; readonly outcome: string }[];
  readonly trace: readonly string[];
  readonly steps: number;
  readonly virtualMs: number;
}

const LIMITS = { steps: 60_000, ms: 6 * 3_600_000 }; // L1: every run of the world ends long before

/** A hub and three regions around the real journeys and activities; everything else follows from the seed. */
export class World implements Nemesis {
  readonly draw: Random;
  readonly scheduler: Scheduler;
  readonly regions = new Map<string, SimulatedRegion>();
  readonly control: Station;
  readonly manifest = new MemoryManifest();
  readonly controlSide: FarSide & { manifestDownUntilMs: number };
  readonly wire: Wire;
  readonly laws: Laws;
  readonly witness: Witness;
  readonly engine: Engine;
  readonly operators: Operators;
  readonly striker: Striker;
  readonly crowd: Crowd;
  readonly trace: string[] = [];
  readonly isFirst: boolean;
  readonly peaceMs: number;
  lineEvents: number;

  constructor(
    seed: number,
    readonly fixtures: Fixtures,
    readonly coverage: Coverage,
    private readonly options: Options,
  ) {
    const draw = new Random(seed);
    this.draw = draw;
    this.scheduler = new Scheduler(() => draw.next());
    this.control = new Station('control', this.scheduler);
    this.peaceMs = draw.between(40_000, 240_000);
    this.lineEvents = draw.between(15, 400);
    this.isFirst = draw.chance(0.1);
    const fleet = fleetOf(drawNodes(draw, REGIONS));
    const policy = drawPolicy(draw);
    for (const region of fleet.value.regions) {
      const Node = options.node ?? MemoryRouterNode;
      this.regions.set(region.id, new SimulatedRegion(region, this.scheduler, fixtures, this.isFirst, Node));
    }
    this.controlSide = this.hubSide();
    this.wire = new Wire(this.scheduler, draw, (phase, fault) => coverage.hit(phase, fault));
    this.wire.faultRate = draw.pick([0, 0.01, 0.05, 0.15]);
    this.laws = new Laws(this.scheduler, policy.value, (what) => this.note(what));
    this.witness = new Witness(this.laws, this.regions, () => START_MS + this.scheduler.nowMs);
    const configuration = new MemoryConfiguration({ fleet, models: [policy], roster: ROSTER });
    this.engine = new Engine(this.scheduler, this, this.activities(configuration), options.journeys);
    this.witness.engine = this.engine;
    this.operators = new Operators(this.engine, draw, this.witness, this.laws);
    this.striker = new Striker(this);
    this.crowd = new Crowd(this);
    this.listen();
    options.world?.(this);
  }

  async run(): Promise<Run['broken']> {
    await this.settle();
    this.engine.start(lineId(MODEL), modelLine as never, [{ model: MODEL }]);
    this.crowd.begin();
    const why = await this.scheduler.run(() => this.crowd.isOver, LIMITS);
    if (why !== 'enough') this.laws.breaks('L1: it does not end', why);
    this.engine.terminate(lineId(MODEL));
    const rest = await this.scheduler.run(() => false, { steps: LIMITS.steps * 2, ms: LIMITS.ms * 2 });
    if (rest !== 'quiet') this.laws.breaks('L1: stragglers do not end', rest);
    await finalLaws(this);
    return [...this.laws.broken];
  }

  delayMs(): number {
    return this.draw.chance(this.wire.faultRate / 4) ? this.draw.between(100, 4_000) : this.draw.between(0, 25);
  }
  deliveries(to: string, signal: string, args: readonly unknown[]): readonly number[] {
    if (signal === 'advance') this.witness.advances(to, (args[0] as { to: string }).to);
    const usual = this.draw.between(0, 30);
    if (!this.draw.chance(this.wire.faultRate)) return [usual];
    const sender = whereNow();
    const id = rolloutOf(to) ?? (sender instanceof Place ? rolloutOf(sender.run.id) : undefined);
    const phase = this.regions.get(id?.region ?? '')?.phase ?? 'idle';
    const late = this.draw.between(200, 15_000);
    const isTwice = this.draw.chance(0.5);
    this.coverage.hit(phase, isTwice ? 'signal-twice' : 'signal-late');
    return isTwice ? [usual, late] : [late];
  }
  stationOf(taskQueue: string): Station {
    return this.regions.get(taskQueue.replace(/^region\.|\.gpu$/g, ''))?.station ?? this.control;
  }
  throttlesHeartbeat(): boolean {
    return this.draw.chance(0.1);
  }
  suggestsContinueAsNew(_id: string, events: number): boolean {
    return events > this.lineEvents;
  }
  note(what: string): void {
    if (this.options.trace) this.trace.push(`${this.scheduler.nowMs} ${what}`);
  }
  bug(what: string): void {
    this.laws.breaks('a bug', what);
    this.laws.broken.add(`a bug: ${what}`);
  }

  private hubSide() {
    const { scheduler } = this;
    return {
      phase: 'control',
      manifestDownUntilMs: 0,
      isDown(port: string): boolean {
        return port === 'manifest' && this.manifestDownUntilMs > scheduler.nowMs;
      },
      refusal: () => undefined,
    };
  }

  private activities(configuration: MemoryConfiguration): Activities {
    const { fixtures, wire, laws } = this;
    const clock = clockOf(this.scheduler);
    const hub = new CopiedStore('hub', fixtures.hub);
    const far = { far: this.controlSide, hub, registry: fixtures.registry, configuration, manifest: this.manifest };
    const control = createControlActivities({ ...controlPorts(far, () => this.engine, wire, laws), clock });
    const perRegion = [...this.regions].map(([id, region]) => {
      const activities = createRegionActivities({ ...regionPorts(region, hub, wire, laws), clock });
      return [id, activities as unknown as Activities] as const;
    });
    const all = byStation(new Map(perRegion), control as unknown as Activities);
    return this.witness.listening(this.options.activities?.(all) ?? all);
  }

  private listen(): void {
    const { engine, witness } = this;
    engine.onAttempt = (attempt) => {
      this.note(`${attempt.task.name} ${attempt.task.run.id}#${attempt.number}`);
      witness.attemptStarts(attempt);
    };
    engine.onClosed = (run) => {
      this.note(`${run.closed} ${run.id} ${String(run.result)}`);
      witness.closes(run);
    };
    engine.onStarted = (run) => this.started(run);
    engine.onScheduled = (task) => witness.schedules(task);
    engine.onSignal = (id, name) => witness.hears(id, name);
    engine.onLog = (run, level, message, fields) => {
      if (message === 'phase') this.enters(run, String(fields.phase));
      else this.note(`${level} ${run.id} ${message} ${String(fields.err ?? '')} ${rootOf(fields.err)}`);
    };
  }

  private started({ id, args }: WorkflowRun): void {
    const rollout = rolloutOf(id);
    const region = this.regions.get(rollout?.region ?? '');
    if (rollout && region) {
      this.laws.began(id, region);
      this.aloneIn(rollout.region, id);
      this.enters({ id }, 'reserving');
    }
    if (!id.startsWith('promotion/')) return;
    const { epoch, planned, starter } = args[0] as PromotionInput;
    this.laws.plans.set(epoch, planned.plan);
    this.witness.starters.set(epoch, starter);
    this.crowd.promotionStarts(epoch, planned.plan.freight.digest);
  }

  /** A region has one rollout under way; what it still writes down when it has ended does not count. */
  private aloneIn(region: string, id: string): void {
    for (const other of this.engine.runs.values()) {
      if (other.id === id || other.isClosed || rolloutOf(other.id)?.region !== region) continue;
      const status = this.engine.query(other.id, 'rollout') as { readonly phase: string } | undefined;
      if (status?.phase !== 'ended') this.laws.breaks('S2: two rollouts in one region', `${other.id} ${id}`);
    }
  }

  private enters({ id }: Pick<WorkflowRun, 'id'>, phase: string): void {
    const rollout = rolloutOf(id);
    const region = this.regions.get(rollout?.region ?? '');
    if (!rollout || !region) return;
    region.phase = phase;
    const journal = this.laws.journals.get(id);
    if (journal && phase === 'ended') {
      journal.left = truthOf(region);
      journal.hasEnded = true;
    }
    if (journal && phase === 'rolling-back') journal.goesBack(this.scheduler.nowMs);
    this.note(`${region.region.id} ${phase}`);
    this.striker.phaseBegins(region, phase, rollout.epoch);
  }

  /** What epoch 1 left behind. */
  private async settle(): Promise<void> {
    const [first] = this.fixtures.freights;
    if (this.isFirst || !first) return;
    for (const [id, region] of this.regions) {
      await region.settle(first.digest);
      const row = { model: MODEL, region: region.region.id, epoch: 1, seq: 9, target: null, live: first.digest };
      const more = { previous: [], phase: 'ended', outcome: 'live', promotion: `promotion/${MODEL}/1` } as const;
      await this.manifest.record({ ...row, ...more, since: new Date(START_MS).toISOString() });
      this.witness.settled.set(id, null);
    }
  }
}

function rootOf(err: unknown): string {
  return err instanceof Error && err.cause instanceof Error ? `(${err.cause.name} ${err.cause.message})` : '';
}
