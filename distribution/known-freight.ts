import type { Freight } from '../domain/freight';
import type { ObjectStore } from '../ports/object-store';
import { hasFreight, readFreight } from './inventory';
import { readRegistryFreight, type RegistryFreight } from './registry-freight';

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
  const { hub, digest, signal } = wanted;
  const held = async () => ((await hasFreight(hub, digest, signal)) ? readFreight(hub, digest, signal) : undefined);
  const freight = await held().catch(() => undefined); // a hub that is away or damaged: the upload sees to it
  return freight ?? readRegistryFreight(wanted);
}
