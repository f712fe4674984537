import { MemoryConfiguration } from '../../adapters/configuration/memory';
import { MemoryManifest } from '../../adapters/manifest/memory';
import { MemoryNotifier } from '../../adapters/notifier/memory';
import { MemoryObjectStore } from '../../adapters/object-store/memory';
import { MemoryRegistry } from '../../adapters/registry/memory';
import { uploadFreight } from '../../distribution';
import type { Freight } from '../../domain/freight';
import { parseModelName, parseRegionId, type Digest, type ModelName } from '../../domain/ids';
import type { ModelPolicy } from '../../domain/model-policy';
import type { ControlPorts } from '../../ports';
import type { Engine } from '../../ports/engine';
import { ROSTER } from '../simulation/world/people';
import { systemClock } from '../../workers/clock';
import { fleetOf, policyOf } from './fleet-policy';
import { MemoryRegion } from './fleet-region';
import { never, packed, pushFreight } from './freight';

export const REGIONS = ['eu-north', 'us-east', 'ap-south'] as const;
const INPUT = { name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] };
const OUTPUT = { name: 'y', datatype: 'FP32', shape: [1, 1], data: [3] };
const GOLDEN = JSON.stringify({ id: 'case-1', request: { inputs: [INPUT] }, expect: { outputs: [OUTPUT] } });

export interface FleetChange {
  readonly regions?: readonly string[];
  readonly policy?: Partial<ModelPolicy>;
  readonly first?: boolean; // no version is live anywhere yet
}

/** A hub and its regions over memory, for one model of its own. */
export interface MemoryFleet {
  readonly model: ModelName;
  readonly regions: ReadonlyMap<string, MemoryRegion>;
  readonly manifest: MemoryManifest;
  readonly notifier: MemoryNotifier;
  readonly old: Freight; // v1, live in every region unless `first`
  region(id: string): MemoryRegion;
  controlPorts(engine: Engine): ControlPorts;
  /** Pushes a sound version to the registry. */
  push(version: string): Promise<Digest>;
}

let models = 0;

/** Eu-north alone in the first wave, v1 live everywhere at epoch 1; a test states what differs. */
export async function memoryFleet({ regions: ids = REGIONS, policy = {}, first = false }: FleetChange = {}) {
  const model = parseModelName(`fraud-${++models}`);
  const regionIds = ids.map(parseRegionId);
  const fleet = fleetOf(regionIds);
  const waves = regionIds.length > 1 ? [regionIds.slice(0, 1), regionIds.slice(1)] : [];
  const hub = new MemoryObjectStore({ address: 'hub' });
  const registry = new MemoryRegistry();
  const [manifest, notifier] = [new MemoryManifest(), new MemoryNotifier()];
  const repository = `models/${model}`;
  const push = (version: string) => pushFreight(registry, repository, packed({ model, version, golden: GOLDEN }));
  const digest = await push('v1');
  const old = await uploadFreight({ registry, repository, digest, hub, signal: never, onProgress: () => undefined });
  const regions = new Map<string, MemoryRegion>();
  for (const region of fleet.value.regions) regions.set(region.id, new MemoryRegion(region, hub, model));
  if (!first) for (const region of regions.values()) await region.settle(old);

  const installed = policyOf(model, { waves, ...policy });
  const configuration = new MemoryConfiguration({ fleet, models: [installed], roster: ROSTER });
  const ports = { hub, registryOf: () => registry, manifest, notifier, configuration, clock: systemClock };
  const region = (id: string): MemoryRegion => {
    const found = regions.get(id);
    if (!found) throw new TypeError(`no region ${id}`);
    return found;
  };
  const controlPorts = (engine: Engine) => ({ ...ports, engine });
  return { model, regions, manifest, notifier, old, push, region, controlPorts } satisfies MemoryFleet;
}
