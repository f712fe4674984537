import type { Freight } from '../domain/freight';
import type { ObjectStore } from '../ports/object-store';
import { hasFreight, readFreight } from './inventory';
import { readRegistryFreight, type RegistryFreight } from './registry-freight';

const HUB_MS = 4_000; // a hub that hangs does not take the registry with it: a plan has 12 s

export interface KnownFreight extends RegistryFreight {
  readonly hub: ObjectStore;
}

/**
 * Reads a freight's manifest and config from the hub's store where that holds all of it, else from the registry. The way back to a
 * version that was promoted before needs no registry, nor that the registry keeps it for ever.
 *
 * @throws `FreightNotFound`, `InvalidFreight`, `DigestMismatch` (final); `RegistryUnavailable` (retried)
 */
export async function readKnownFreight(wanted: KnownFreight): Promise<Freight> {
  const { hub, digest } = wanted;
  const signal = AbortSignal.any([wanted.signal, AbortSignal.timeout(HUB_MS)]);
  const held = async () => ((await hasFreight(hub, digest, signal)) ? readFreight(hub, digest, signal) : undefined);
  const freight = await held().catch(() => undefined); // a hub that is away or damaged: the upload sees to it
  return freight ?? readRegistryFreight(wanted);
}
