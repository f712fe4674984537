import { MemoryCache } from '../../adapters/cache/memory';
import { MemoryInference } from '../../adapters/inference/memory';
import { MemoryMetrics } from '../../adapters/metrics/memory';
import { MemoryObjectStore } from '../../adapters/object-store/memory';
import { MemoryRouterNode } from '../../adapters/router/memory';
import { fencePointer, movePointer, readPointer, replicateFreight } from '../../distribution';
import type { Arm, Counters, Segment } from '../../domain/counters';
import type { Region } from '../../domain/fleet';
import type { Freight } from '../../domain/freight';
import { servedName, type Digest, type ModelName, type NodeId, type RegionId } from '../../domain/ids';
import type { RegionPorts } from '../../ports';
import type { ObjectStore } from '../../ports/object-store';
import { systemClock } from '../../workers/clock';
import { never } from './freight';

const NO_LATENCY: readonly number[] = [];

/** One region over memory: its ports, and what users meet there, which follows from the route and the versions that are bad. */
export class MemoryRegion {
  readonly regionId: RegionId;
  readonly store: MemoryObjectStore;
  readonly cache = new MemoryCache();
  readonly inference = new MemoryInference({ isPlaced: (name) => this.cache.has(name) });
  readonly router: MemoryRouterNode;
  readonly metrics: MemoryMetrics;
  requestsPerLook = 4_000;
  canaryShare = 1; // of the requests that are due to a canary: less is an experiment that is not what it says
  aheadMs = 0; // of the gateway's clock: a lease runs out without anybody waiting for it
  onLook: () => void = () => undefined; // before each look at the counters; throws where there are no data
  private readonly bad = new Map<Digest, number>();
  private segments: Segment[] = [];
  private looks = 0;

  constructor(
    readonly region: Region,
    private readonly hub: ObjectStore,
    readonly model: ModelName,
  ) {
    this.regionId = region.id;
    this.store = new MemoryObjectStore({ address: region.id });
    const node = region.routers[0];
    if (!node) throw new TypeError(`${region.id} has no gateway node`);
    const clock = () => ({ nowMs: performance.now() + this.aheadMs, wallMs: Date.now() + this.aheadMs });
    this.router = new MemoryRouterNode(node.id, clock);
    this.metrics = new MemoryMetrics(() => new Map([[node.id, this.look()]]) as ReadonlyMap<NodeId, Counters>);
  }

  ports(): RegionPorts {
    const { region, hub, store: regional, cache, inference, router, metrics } = this;
    return { region, hub, regional, cache, inference, routers: [router], metrics, clock: systemClock };
  }

  /** From now on so large a share of the version's requests fails; 0 mends it. */
  spoil(digest: Digest, share: number): void {
    this.bad.set(digest, share);
  }

  /** Makes a version live here, as an earlier promotion of epoch 1 left it. */
  async settle(freight: Freight): Promise<void> {
    const { digest, model } = freight;
    await replicateFreight({ freight, from: this.hub, to: this.store, signal: never, onProgress: () => undefined });
    await this.cache.place(servedName(model, digest), [], never);
    await this.inference.load(servedName(model, digest));
    const token = { epoch: 1, seq: 1, attempt: 1 };
    await fencePointer(this.store, model, token, 0);
    await movePointer(this.store, model, { ...token, seq: 2 }, { current: digest, previous: [] }, 0);
    const rollout = `rollout/${model}/1/${this.region.id}`;
    await this.router.fence(model, { token, rollout });
    const traffic = { stable: digest };
    await this.router.write(model, { token: { ...token, seq: 3 }, rollout, generation: 1, cause: 'flip', traffic });
  }

  /** What it serves, goes by and has loaded. */
  async serves() {
    const { route } = this.router.row(this.model);
    const { current } = await readPointer(this.store, this.model);
    const loaded = await this.inference.loaded();
    return { stable: route.stable, canary: route.canary?.weightPct ?? null, current, loaded };
  }

  private look(): Counters {
    this.onLook();
    const { route } = this.router.row(this.model);
    const { stable, canary, generation } = route;
    const canaryPct = canary?.weightPct ?? 0;
    if (canary) this.count(canary.digest, 'canary', canaryPct, generation);
    if (stable !== null) this.count(stable, 'stable', 100 - canaryPct, generation);
    return {
      model: this.model,
      bootId: 'boot-1',
      seq: ++this.looks,
      asOfMs: performance.now(),
      segments: this.segments,
    };
  }

  private count(digest: Digest, arm: Arm, weightPct: number, generation: number): void {
    const isIt = (one: Segment) => one.digest === digest && one.arm === arm && one.generation === generation;
    const before = this.segments.find(isIt);
    const due = (this.requestsPerLook * weightPct) / 100;
    const more = Math.floor(due * (arm === 'canary' ? this.canaryShare : 1));
    const requests = (before?.requests ?? 0) + more;
    const failed = (before?.errors['status-5xx'] ?? 0) + Math.floor(more * (this.bad.get(digest) ?? 0));
    const errors = { 'status-5xx': failed };
    const distinctClients = Math.min(64, requests);
    const one = {
      digest,
      arm,
      weightPct,
      generation,
      requests,
      errors,
      latency: NO_LATENCY,
      inFlight: 0,
      distinctClients,
    };
    this.segments = [one, ...this.segments.filter((other) => !isIt(other))].slice(0, 16);
  }
}
