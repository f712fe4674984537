import { MemoryCache } from '../../../adapters/cache/memory';
import { MemoryInference } from '../../../adapters/inference/memory';
import { MemoryMetrics } from '../../../adapters/metrics/memory';
import type { MemoryRouterNode } from '../../../adapters/router/memory';
import { readPointer } from '../../../distribution';
import { Failure } from '../../../domain/failures';
import type { Region } from '../../../domain/fleet';
import { servedName, type Digest, type NodeId } from '../../../domain/ids';
import type { RouteRow } from '../../../domain/route-node';
import type { Random } from '../sdk/random';
import type { Scheduler } from '../sdk/scheduler';
import { Station } from '../sdk/station';
import { CopiedStore, MODEL, type Fixtures } from './freights';
import { START_MS } from './people';
import { Traffic } from './traffic';
import type { FarSide, Port } from './wire';

export type NodeClass = new (...args: ConstructorParameters<typeof MemoryRouterNode>) => MemoryRouterNode;

/** One gateway node as a machine: its law, its boot, what it counts. */
export class SimulatedNode {
  readonly traffic = new Traffic();
  readonly router: MemoryRouterNode;
  downUntilMs = 0;
  wallOffMs = 0; // of its wall clock, from the right time
  countedMs = 0; // last time its counters were read
  goodLookMs = 0; // last time its counters were read, or a weight was written
  private bootedMs = 0;

  constructor(
    readonly id: NodeId,
    private readonly scheduler: Scheduler,
    Node: NodeClass,
  ) {
    this.router = new Node(id, () => ({
      nowMs: scheduler.nowMs - this.bootedMs,
      wallMs: START_MS + scheduler.nowMs + this.wallOffMs,
    }));
  }

  get row(): RouteRow {
    return this.router.row(MODEL);
  }

  /** When the canary's lease ends, in the scheduler's time; 0 without one. */
  get leaseEndsAtMs(): number {
    const { leaseUntilMs } = this.row;
    return leaseUntilMs === null ? 0 : this.bootedMs + leaseUntilMs;
  }

  advance(): void {
    this.traffic.advance(this.row.route, this.scheduler.nowMs);
  }

  restart(downMs: number): void {
    this.advance();
    this.downUntilMs = Math.max(this.downUntilMs, this.scheduler.nowMs + downMs);
    this.scheduler.in(downMs, () => {
      this.bootedMs = this.scheduler.nowMs;
      this.router.restart();
      this.traffic.restart();
    });
  }
}

/** Everything of a region that outlives its worker, and what is wrong with it just now. */
export class SimulatedRegion implements FarSide {
  phase = 'idle';
  refuses = 0; // so many calls are refused for good
  readonly downUntilMs: Partial<Record<Port, number>> = {};
  fullUntilMs = 0;
  falseUntilMs = 0; // its counters count what cannot be
  spoiledMs = Infinity; // since then every new version answers wrongly here
  badSinceMs: number | undefined;
  readonly store: CopiedStore;
  readonly cache = new MemoryCache();
  readonly inference = new MemoryInference({ isPlaced: (name) => this.cache.has(name) });
  readonly nodes: readonly SimulatedNode[];
  readonly station: Station;
  readonly metrics: MemoryMetrics;

  constructor(
    readonly region: Region,
    private readonly scheduler: Scheduler,
    { region: held, bare }: Fixtures,
    isFirst: boolean,
    Node: NodeClass,
  ) {
    this.store = new CopiedStore(region.id, isFirst ? bare : held);
    this.nodes = region.routers.map(({ id }) => new SimulatedNode(id, scheduler, Node));
    this.station = new Station(region.id, scheduler);
    this.metrics = new MemoryMetrics(() => this.look());
  }

  /** Makes the first version live here, as epoch 1 left it. */
  async settle(digest: Digest): Promise<void> {
    const name = servedName(MODEL, digest);
    await this.cache.place(name, [], new AbortController().signal);
    await this.inference.load(name);
    const token = { epoch: 1, seq: 3, attempt: 1 };
    const rollout = `rollout/${MODEL}/1/${this.region.id}`;
    for (const { router } of this.nodes) {
      await router.fence(MODEL, { token: { ...token, seq: 1 }, rollout });
      const traffic = { stable: digest };
      await router.write(MODEL, { token, rollout, generation: 1, cause: 'flip', traffic });
    }
  }

  isDown(port: Port): boolean {
    return (this.downUntilMs[port] ?? 0) > this.scheduler.nowMs;
  }

  takeDown(port: Port, forMs: number): void {
    this.downUntilMs[port] = Math.max(this.downUntilMs[port] ?? 0, this.scheduler.nowMs + forMs);
  }

  refusal(port: Port): Failure | undefined {
    if (this.refuses > 0 && port !== 'metrics' && port !== 'hub') {
      this.refuses--;
      return new Failure('AccessDenied', `${this.region.id} refuses ${port}`);
    }
    if (port === 'store' && this.fullUntilMs > this.scheduler.nowMs) return new Failure('NotEnoughSpace', 'disk full');
    return undefined;
  }

  spoil(digest: Digest, share: number): void {
    this.badSinceMs ??= this.scheduler.nowMs;
    for (const node of this.nodes) {
      node.advance();
      node.traffic.bad.set(digest, share);
    }
  }

  /** What it serves and what it goes by, in truth. */
  async truth() {
    const { current, previous } = await readPointer(this.store, MODEL);
    const routes = this.nodes.map(({ row }) => ({ stable: row.route.stable, canary: row.route.canary?.digest }));
    return { routes, current, previous };
  }

  private look() {
    const counters = new Map<NodeId, ReturnType<Traffic['counters']>>();
    const { nowMs } = this.scheduler;
    const isFalse = this.falseUntilMs > nowMs;
    const up = this.nodes.filter(({ downUntilMs }) => downUntilMs <= nowMs);
    if (up.length === 0) throw new Failure('MetricsUnavailable', `${this.region.id}: every node is down`);
    for (const node of up) {
      node.advance();
      counters.set(node.id, node.traffic.counters(nowMs, isFalse));
      if (!isFalse) node.countedMs = nowMs;
    }
    if (up.length === this.nodes.length && !isFalse) for (const node of up) node.goodLookMs = nowMs; // half a count renews nothing
    return counters;
  }
}

export function drawNodes(draw: Random, regions: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(regions.map((id) => [id, draw.chance(0.3) ? 2 : 1]));
}
