import type { MemoryManifest } from '../../../adapters/manifest/memory';
import type { Failure } from '../../../domain/failures';
import type { ControlPorts, RegionPorts } from '../../../ports';
import type { Configuration } from '../../../ports/configuration';
import type { ObjectStore } from '../../../ports/object-store';
import type { Registry } from '../../../ports/registry';
import type { RouterNode } from '../../../ports/router';
import type { RegionOutcome } from '../../../domain/phase';
import type { PromotionStatus, RolloutStatus } from '../../../workflows/contract';
import { Attempt } from '../sdk/attempt';
import type { Engine } from '../sdk/engine';
import type { Scheduler } from '../sdk/scheduler';
import { whereNow } from '../sdk/where';
import type { Laws } from './laws';
import { START_MS } from './people';
import type { SimulatedNode, SimulatedRegion } from './region';
import type { FarSide, Port, Wire } from './wire';

/** The ports of a region's activities: the memory adapters, reached over the wire, under the eyes of the law. */
export function regionPorts(
  region: SimulatedRegion,
  hub: ObjectStore,
  wire: Wire,
  laws: Laws,
): Omit<RegionPorts, 'clock'> {
  const { cache, inference, metrics } = region;
  const over = <T>(port: Port, perform: () => Promise<T>) => wire.call(region, port, perform);
  const unloading = async (name: string, signal: AbortSignal) => {
    laws.loads.unloads(region, name);
    await inference.unload(name, signal);
    laws.served(region);
  };
  return {
    region: region.region,
    hub: storeOver(hub, wire, region, 'hub', (_key, perform) => perform()),
    regional: storeOver(region.store, wire, region, 'store', (key, perform) => laws.stored(region, key, perform)),
    cache: {
      place: (...args) => over('cache', () => cache.place(...args)),
      has: (name) => over('cache', () => cache.has(name)),
      names: () => cache.names(),
      evict: (name) => over('cache', () => cache.evict(name)),
      freeBytes: () => cache.freeBytes(),
    },
    inference: {
      load: (name) => over('runtime', () => inference.load(name)),
      state: (name) => over('runtime', () => inference.state(name)),
      unload: (name, signal) => over('runtime', () => unloading(name, signal)),
      loaded: () => over('runtime', () => inference.loaded()),
      infer: (...args) => over('runtime', () => inference.infer(...args)),
      fingerprint: () => inference.fingerprint(),
      freeMemoryBytes: () => inference.freeMemoryBytes(),
    },
    routers: region.nodes.map((node) => routerOver(node, region, wire, laws)),
    metrics: { counters: (model) => over('metrics', () => metrics.counters(model)) },
  };
}

/** A node as calls meet it: down with its region, or by itself. */
class NodeSide implements FarSide {
  constructor(
    private readonly node: SimulatedNode,
    private readonly region: SimulatedRegion,
    private readonly laws: Laws,
  ) {}

  get phase(): string {
    return this.region.phase;
  }
  isDown(port: Port): boolean {
    return this.region.isDown(port) || this.laws.nowMs < this.node.downUntilMs;
  }
  refusal(port: Port): Failure | undefined {
    return this.region.refusal(port);
  }
}

function routerOver(node: SimulatedNode, region: SimulatedRegion, wire: Wire, laws: Laws): RouterNode {
  const far = new NodeSide(node, region, laws);
  const over = <T>(perform: () => Promise<T>) => wire.call(far, 'router', perform);
  const { router } = node;
  return {
    id: node.id,
    read: (model) => over(() => laws.readBack(node, () => router.read(model))),
    models: () => over(() => router.models()),
    fence: (...args) => {
      laws.nodes.fences(region.region.id, args[1].token.epoch);
      return over(() => laws.routed(region, node, args[1], () => router.fence(...args)));
    },
    write: (...args) => {
      laws.triesToWrite(node, args[1]);
      return over(() => laws.routed(region, node, args[1], () => router.write(...args)));
    },
    claim: (...args) => {
      laws.nodes.claims(node, args[1].token);
      return over(() => laws.routed(region, node, args[1], () => router.claim(...args)));
    },
    renew: (...args) => {
      laws.nodes.renews(node, args[1].token);
      return over(() => laws.routed(region, node, args[1], () => router.renew(...args)));
    },
  };
}

type Effect = <T>(key: string, perform: () => Promise<T>) => Promise<T>;

function storeOver(store: ObjectStore, wire: Wire, far: FarSide, port: Port, effect: Effect): ObjectStore {
  const over = <T>(perform: () => Promise<T>) => wire.call(far, port, perform);
  return {
    address: store.address,
    head: (...args) => over(() => store.head(...args)),
    get: (...args) => over(() => store.get(...args)),
    read: (...args) => wire.stream(far, port, () => store.read(...args)),
    put: (...args) => over(() => effect(args[0], () => store.put(...args))),
    list: (...args) => wire.stream(far, port, () => store.list(...args)),
    delete: (...args) => over(() => effect(args[0], () => store.delete(...args))),
    freeBytes: () => store.freeBytes(),
  };
}

interface ControlSide {
  readonly far: FarSide;
  readonly hub: ObjectStore;
  readonly registry: Registry;
  readonly configuration: Configuration;
  readonly manifest: MemoryManifest;
}

export function controlPorts(
  { far, hub, registry, configuration, manifest }: ControlSide,
  engine: () => Engine,
  wire: Wire,
  laws: Laws,
): Omit<ControlPorts, 'clock'> {
  const over = <T>(port: Port, perform: () => Promise<T>) => wire.call(far, port, perform);
  const kept: Registry = {
    address: registry.address,
    resolve: (...args) => over('registry', () => registry.resolve(...args)),
    tags: (...args) => registry.tags(...args),
    manifest: (...args) => over('registry', () => registry.manifest(...args)),
    blob: (...args) => wire.stream(far, 'registry', () => registry.blob(...args)),
    pushBlob: (...args) => registry.pushBlob(...args),
    pushManifest: (...args) => registry.pushManifest(...args),
  };
  const projected = Object.assign(Object.create(manifest) as MemoryManifest, {
    fence: (...args: Parameters<MemoryManifest['fence']>) =>
      over('manifest', () => {
        laws.nodes.fencesRow(args[1], args[2].epoch);
        return manifest.fence(...args);
      }),
    record: (...args: Parameters<MemoryManifest['record']>) =>
      over('manifest', () => laws.recorded(manifest, args[0], () => manifest.record(...args))),
    highestEpoch: (...args: Parameters<MemoryManifest['highestEpoch']>) =>
      over('manifest', () => manifest.highestEpoch(...args)),
    recordPromotion: (...args: Parameters<MemoryManifest['recordPromotion']>) =>
      over('manifest', () => manifest.recordPromotion(...args)),
    recordDigest: (...args: Parameters<MemoryManifest['recordDigest']>) =>
      over('manifest', () => manifest.recordDigest(...args)),
    append: (...args: Parameters<MemoryManifest['append']>) => over('manifest', () => manifest.append(...args)),
  });
  return {
    hub: storeOver(hub, wire, far, 'hub', (_key, perform) => perform()),
    registryOf: () => kept,
    manifest: projected,
    configuration,
    engine: {
      describe: async (id) => engine().describe(id),
      children: async (id) => [...(engine().runs.get(id)?.children ?? [])],
      outcome: async (id) => outcomeOf(engine().runs.get(id)?.closed, engine().query(id, 'rollout')),
      standing: async (id) => standingOf(engine().query(id, 'status') as PromotionStatus | undefined),
      offer: async (model, digest, id) => {
        await engine().update(`line/${model}`, 'offer', { digest, id, source: 'registry' }, `${digest}/${id}`);
      },
    },
    notifier: { notify: () => over('notifier', async () => undefined) },
  };
}

/** As workers/engine.ts reads it from the promotion's query. */
function standingOf(status: PromotionStatus | undefined) {
  if (!status) return null;
  const waits = ({ phase }: { readonly phase: string }) => phase === 'held' || phase === 'stuck';
  const unclean = status.regions.filter(({ phase }) => phase !== 'ended' && phase !== 'pending');
  const waitsForPerson = waits(status) || status.regions.some(waits);
  return { waitsForPerson, unclean: unclean.map(({ region }) => region) };
}

/** As workers/engine.ts reads it: what a rollout returned, or what one that runs says of itself. */
function outcomeOf(closed: string | undefined, status: unknown): RegionOutcome | null {
  return closed === 'terminated' ? null : ((status as RolloutStatus | undefined)?.outcome ?? null);
}

/** Virtual time for activities. A killed process never wakes up. */
export function clockOf(scheduler: Scheduler) {
  return {
    nowMs: () => START_MS + scheduler.nowMs,
    sleep(ms: number, signal: AbortSignal): Promise<void> {
      const attempt = whereNow();
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const stop = () => {
          waking.cancelled = true;
          if (!(attempt instanceof Attempt && attempt.isDead)) reject(signal.reason);
        };
        const waking = scheduler.in(ms, () => {
          signal.removeEventListener('abort', stop);
          if (!(attempt instanceof Attempt && attempt.isDead)) resolve();
        });
        signal.addEventListener('abort', stop);
      });
    },
  };
}
