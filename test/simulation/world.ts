import { MemoryConfiguration } from '../../adapters/configuration/memory';
import { MemoryManifest } from '../../adapters/manifest/memory';
import { MemoryRouterNode } from '../../adapters/router/memory';
import { createControlActivities, createRegionActivities } from '../../activities';
import { lineId } from '../../workflows/contract';
import { modelLine } from '../../workflows/model-line';
import { Engine, type Activities } from './sdk/engine';
import { Random } from './sdk/random';
import { Scheduler } from './sdk/scheduler';
import { Station } from './sdk/station';
import { Aside } from './world/aside';
import { byStation } from './world/by-station';
import { listenTo } from './world/chronicle';
import type { Coverage } from './world/coverage';
import { Crowd } from './world/crowd';
import { Duties } from './world/duties';
import { finalLaws } from './world/final-laws';
import { Fortune } from './world/fortune';
import { CopiedStore, MODEL, type Fixtures } from './world/freights';
import { hubSide, settle, type HubSide } from './world/hub';
import { Laws } from './world/laws';
import { Operators } from './world/operators';
import { ROSTER, START_MS } from './world/people';
import { drawPolicy, fleetOf, REGIONS } from './world/policies';
import { clockOf, controlPorts, regionPorts } from './world/ports';
import { drawNodes, SimulatedRegion, type NodeClass } from './world/region';
import { Striker } from './world/striker';
import { Wire } from './world/wire';
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
export class World {
  readonly draw: Random;
  readonly scheduler: Scheduler;
  readonly regions = new Map<string, SimulatedRegion>();
  readonly control: Station;
  readonly manifest = new MemoryManifest();
  readonly controlSide: HubSide;
  readonly wire: Wire;
  readonly laws: Laws;
  readonly witness: Witness;
  readonly engine: Engine;
  readonly operators: Operators;
  readonly striker: Striker;
  readonly crowd: Crowd;
  readonly aside: Aside;
  readonly duties = new Duties(this);
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
    this.controlSide = hubSide(this.scheduler);
    this.wire = new Wire(this.scheduler, draw, (phase, fault) => coverage.hit(phase, fault));
    this.wire.faultRate = draw.pick([0, 0.01, 0.05, 0.15]);
    this.laws = new Laws(this.scheduler, policy.value, (what) => this.note(what));
    this.witness = new Witness(this.laws, this.regions, this.manifest, () => START_MS + this.scheduler.nowMs);
    const configuration = new MemoryConfiguration({ fleet, models: [policy], roster: ROSTER });
    this.engine = new Engine(this.scheduler, new Fortune(this), this.activities(configuration), options.journeys);
    this.witness.engine = this.engine;
    this.laws.statusOf = (id) => this.engine.query(id, id.startsWith('rollout/') ? 'rollout' : 'status');
    this.operators = new Operators(this.engine, draw, this.witness, this.laws);
    this.striker = new Striker(this);
    this.crowd = new Crowd(this);
    this.aside = new Aside(this, seed);
    listenTo(this);
    options.world?.(this);
  }

  async run(): Promise<Run['broken']> {
    await settle(this);
    await this.aside.begin();
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

  note(what: string): void {
    if (this.options.trace) this.trace.push(`${this.scheduler.nowMs} ${what}`);
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
}
