import { Failure } from '../domain/failures';
import { MAX_MANIFEST_BYTES, type Freight, type FreightFile } from '../domain/freight';
import { configOf, parseFreight, type FreightSource } from '../domain/freight-manifest';
import type { Digest } from '../domain/ids';
import type { Registry } from '../ports/registry';
import { gather } from './flow';
import { sha256 } from './sha256';

export interface RegistryFreight {
  readonly registry: Registry;
  readonly repository: string;
  readonly digest: Digest;
  readonly signal: AbortSignal;
}

/** Reads a freight's manifest and config from the registry and checks them. @throws `FreightNotFound`, `InvalidFreight`, `DigestMismatch` (final) */
export async function readRegistryFreight(wanted: RegistryFreight): Promise<Freight> {
  return parseFreight(await readSource(wanted));
}

/** Manifest and config of a freight, byte for byte, proved by their digests. */
export async function readSource({ registry, repository, digest, signal }: RegistryFreight): Promise<FreightSource> {
  const { body: manifest } = await registry.manifest(repository, digest, signal);
  const arrived = sha256(manifest);
  if (arrived !== digest) throw new Failure('DigestMismatch', `the manifest ${digest} arrived as ${arrived}`);
  const config = configOf(manifest);
  if (!config) return { digest, manifest, config };
  if (config.bytes > MAX_MANIFEST_BYTES) {
    const problem = `the config has ${config.bytes} bytes; the most is ${MAX_MANIFEST_BYTES}`;
    throw new Failure('InvalidFreight', `${digest} is no freight: ${problem}`, { details: { problems: [problem] } });
  }
  const body = await gather(registry.blob(repository, config.digest, signal), config.bytes, `the config of ${digest}`);
  const lies = sha256(body);
  if (lies !== config.digest)
    throw new Failure('DigestMismatch', `the config ${config.digest} of ${digest} arrived as ${lies}`);
  return { digest, manifest, config: body };
}

/** Whether the registry holds a layer at all: known before anything is stored. */
export async function probe({ registry, repository, signal }: RegistryFreight, file: FreightFile): Promise<void> {
  if (file.bytes === 0) return;
  await gather(
    registry.blob(repository, file.digest, signal, { from: 0, bytes: 1 }),
    1,
    `the first byte of ${file.path}`,
  );
}
