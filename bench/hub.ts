import path from 'node:path';
import { Worker } from '@temporalio/worker';
import { createControlActivities, createRegionActivities } from '../activities';
import { MemoryConfiguration } from '../adapters/configuration/memory';
import { MemoryManifest } from '../adapters/manifest/memory';
import { MemoryNotifier } from '../adapters/notifier/memory';
import { MemoryObjectStore } from '../adapters/object-store/memory';
import { MemoryRegistry } from '../adapters/registry/memory';
import { uploadFreight } from '../distribution';
import type { Region } from '../domain/fleet';
import type { Freight } from '../domain/freight';
import { parseModelName, parseRegionId, type ModelName, type RegionId } from '../domain/ids';
import type { ModelPolicy } from '../domain/model-policy';
import type { RegionPorts } from '../ports';
import type { ObjectStore } from '../ports/object-store';
import { ROSTER } from '../test/simulation/world/people';
import { fleetOf, policyOf } from '../test/support/fleet-policy';
import { MemoryRegion } from '../test/support/fleet-region';
import { never, packed, pushFreight } from '../test/support/freight';
import type { Temporal } from '../test/support/temporal';
import { systemClock } from '../workers/clock';
import { TemporalEngine } from '../workers/engine';
import { CONTROL_QUEUE, gpuQueue, regionQueue } from '../workflows/contract';
import { startGatewayNode } from './gateway-nodes';
import { Lane, type HeardRegion } from './lane';
import { RouteLog } from './route-log';

const BUNDLE = path.join(__dirname, '../workflow-bundle.js');
const TENSOR = { name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] };
const ANSWER = { name: 'y', datatype: 'FP32', shape: [1, 1], data: [3] };
const GOLDEN = JSON.stringify({ id: 'case-1', request: { inputs: [TENSOR] }, expect: { outputs: [ANSWER] } });
const FIRST_CONTACT_MS = 60_000; // patience with a region: on a busy computer half a second of silence is no outage

export interface HubOrder {
  readonly lanes: number; // models side by side
  readonly waves: readonly number[]; // how many regions go together, wave by wave; each lane has regions of its own
  readonly policy: Partial<ModelPolicy>;
  readonly polls: number; // long polls of a region's worker beside the one for its accelerator
  readonly gateways: 'processes' | 'memory'; // each region's router: a gateway of its own, or the one that tests have
}
/** Real workers and workflows on a real server; regions over memory with real clocks, behind gateways where ordered. */
export interface Hub {
  readonly lanes: readonly Lane[];
  stop(): Promise<void>;
}

/** Brings a hub to life, v1 live in every region. Options of the workers are those of `workers/`. */
export async function startHub(temporal: Temporal, order: HubOrder): Promise<Hub> {
  const plans = Array.from({ length: order.lanes }, () => lanePlan(order));
  const fleet = fleetOf(plans.flatMap(({ waves }) => waves.flat()));
  const [hub, registry] = [new MemoryObjectStore({ address: 'hub' }), new MemoryRegistry()];
  const engine = new TemporalEngine(temporal.client, temporal.address);
  const open: Lane[] = [];
  const regions: OpenRegion[] = [];
  for (const { model, waves } of plans) {
    const repository = `models/${model}`;
    const push = (version: string) => pushFreight(registry, repository, packed({ model, version, golden: GOLDEN }));
    const digest = await push('v1');
    const first = await uploadFreight({
      registry,
      repository,
      digest,
      hub,
      signal: never,
      onProgress: () => undefined,
    });
    const mine = fleet.value.regions.filter(({ id }) => waves.flat().includes(id));
    const own = await Promise.all(mine.map((region) => openRegion(region, hub, first, order.gateways)));
    const offer = engine.offer.bind(engine, model);
    open.push(new Lane({ model, regions: own, client: temporal.client, push, offer }));
    regions.push(...own);
  }
  const models = plans.map(({ model, waves }) => policyOf(model, policyFor(waves, order.policy)));
  const configuration = new MemoryConfiguration({ fleet, models, roster: ROSTER });
  const records = { manifest: new MemoryManifest(), notifier: new MemoryNotifier() };
  const ports = { hub, registryOf: () => registry, ...records, configuration, clock: systemClock, engine };
  const workers = [await controlWorker(temporal, createControlActivities(ports))];
  for (const region of regions) workers.push(...(await regionWorkers(temporal, region, order.polls)));
  const stop = running(workers);
  return { lanes: open, stop: () => stop().then(() => stopAll(regions)) };
}

/** A region, and how its workers and the bench see it. */
interface OpenRegion extends HeardRegion {
  readonly ports: RegionPorts;
  stop(): Promise<void>;
}

/** A region in which a version is live by epoch 1. */
async function openRegion(region: Region, hub: ObjectStore, first: Freight, gateways: HubOrder['gateways']) {
  const { model, digest: stable } = first;
  const memory = new MemoryRegion(region, hub, model);
  await memory.settle(first);
  const heard = { region: memory, log: new RouteLog(region.id) };
  if (gateways === 'memory') return { ...heard, ports: memory.ports(), stop: async () => undefined };
  const { settle, behind, stop } = await startGatewayNode(memory.router.id);
  await settle(model, stable, `rollout/${model}/1/${region.id}`);
  const ports = behind(memory.ports());
  return { ...heard, ports, stop };
}

async function stopAll(regions: readonly OpenRegion[]): Promise<void> {
  await Promise.all(regions.map((region) => region.stop()));
}

interface LanePlan {
  readonly model: ModelName;
  readonly waves: readonly (readonly RegionId[])[];
}

let lanes = 0; // of every hub so far: on one server no name is used twice

function lanePlan({ waves }: HubOrder): LanePlan {
  const lane = ++lanes;
  const named = waves.map((regions, wave) =>
    Array.from({ length: regions }, (_, at) => parseRegionId(`lane-${lane}-wave-${wave + 1}-${at + 1}`)),
  );
  return { model: parseModelName(`model-${lane}`), waves: named };
}

function policyFor(waves: LanePlan['waves'], policy: Partial<ModelPolicy>): Partial<ModelPolicy> {
  return { placement: waves.flat(), waves, patienceMs: FIRST_CONTACT_MS, ...policy };
}

async function controlWorker({ connection }: Temporal, activities: object): Promise<Worker> {
  const bounds = { maxCachedWorkflows: 600, maxHeartbeatThrottleInterval: '500ms' } as const;
  const workflowBundle = { codePath: BUNDLE };
  return Worker.create({ connection, taskQueue: CONTROL_QUEUE, workflowBundle, activities, ...bounds });
}

async function regionWorkers(
  { connection }: Temporal,
  { region, log, ports }: OpenRegion,
  polls: number,
): Promise<readonly Worker[]> {
  const activities = createRegionActivities(log.heard(ports));
  const shared = { connection, activities, maxHeartbeatThrottleInterval: '500ms' } as const;
  const { regionId } = region;
  return [
    await Worker.create({ ...shared, taskQueue: regionQueue(regionId), maxConcurrentActivityTaskPolls: polls }),
    await Worker.create({
      ...shared,
      taskQueue: gpuQueue(regionId),
      maxConcurrentActivityTaskExecutions: 1,
      maxConcurrentActivityTaskPolls: 1,
    }),
  ];
}

/** Runs workers; one that dies ends the process, for what it would have measured means nothing. */
function running(workers: readonly Worker[]): () => Promise<void> {
  const ended = Promise.all(workers.map((worker) => worker.run()));
  ended.catch((err: unknown) => {
    throw err;
  });
  return async () => {
    for (const worker of workers) worker.shutdown();
    await ended;
  };
}
