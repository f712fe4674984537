import { Failure } from '../domain/failures';
import type { Freight, FreightFile } from '../domain/freight';
import { configOf, parseFreight } from '../domain/freight-manifest';
import { isDigest, type Digest } from '../domain/ids';
import type { ObjectStore } from '../ports/object-store';
import { sha256 } from './sha256';
import { configKey, FILES, FREIGHTS, freightKey, manifestKey, partsOf } from './store-layout';
import { distinctFiles, heldParts, readIndex } from './stored-file';

/** What a store holds. */
export interface Inventory {
  readonly freights: readonly Digest[]; // those that were completed; `hasFreight` looks whether they still are
  readonly files: readonly { readonly digest: Digest; readonly bytesHeld: number; readonly complete: boolean }[];
}

/**
 * Reads a freight from a store that holds all of it, manifest and config proved by their digests.
 * @throws `FreightNotFound`, `DigestMismatch`, `InvalidFreight` (final)
 */
export async function readFreight(store: ObjectStore, digest: Digest, signal?: AbortSignal): Promise<Freight> {
  const { manifest, config } = await readFreightBytes(store, digest, signal);
  return parseFreight({ digest, manifest, config });
}

/** Manifest and config of a complete freight, byte for byte. */
export async function readFreightBytes(store: ObjectStore, digest: Digest, signal?: AbortSignal) {
  if (!(await store.head(freightKey(digest), signal))) {
    throw new Failure('FreightNotFound', `${store.address} does not hold ${digest}: upload or replicate it first`);
  }
  const manifest = await proved(store, manifestKey(digest), digest, signal);
  const config = configOf(manifest);
  return { manifest, config: config && (await proved(store, configKey(digest), config.digest, signal)) };
}

/** Whether every byte of a freight lies in the store; whether they are the right ones, `verifyFreight` tells. */
export async function hasFreight(store: ObjectStore, digest: Digest, signal?: AbortSignal): Promise<boolean> {
  if (!(await store.head(freightKey(digest), signal))) return false;
  const freight = await readFreight(store, digest, signal);
  return (await missingBytes(freight, store, signal)) === 0;
}

/** How many bytes of a freight's files the store lacks. */
export async function missingBytes(
  { files }: Pick<Freight, 'files'>,
  store: ObjectStore,
  signal?: AbortSignal,
): Promise<number> {
  let missing = 0;
  for (const file of distinctFiles(files)) missing += await missingOf(file, store, signal);
  return missing;
}

async function missingOf(file: FreightFile, store: ObjectStore, signal?: AbortSignal): Promise<number> {
  const index = await readIndex(store, file, signal);
  const held = await heldParts(store, file.digest, signal);
  let missing = 0;
  for (const { number, bytes } of partsOf(file.bytes, index?.partBytes))
    if (held.get(number) !== bytes) missing += bytes;
  return missing;
}

/** Lists what a store holds, from the objects alone. */
export async function takeInventory(store: ObjectStore, signal?: AbortSignal): Promise<Inventory> {
  const freights = new Set<Digest>();
  for await (const { key } of store.list(FREIGHTS, signal)) {
    const [, digest = '', name] = key.split('/');
    if (isDigest(digest) && name === 'freight.json') freights.add(digest);
  }
  const files = new Map<Digest, { digest: Digest; bytesHeld: number; complete: boolean }>();
  for await (const { key, bytes } of store.list(FILES, signal)) {
    const [, digest = '', name] = key.split('/');
    if (!isDigest(digest)) continue;
    const file = files.get(digest) ?? { digest, bytesHeld: 0, complete: false };
    if (name === 'index.json') file.complete = true;
    else file.bytesHeld += bytes;
    files.set(digest, file);
  }
  return { freights: [...freights], files: [...files.values()] };
}

async function proved(store: ObjectStore, key: string, digest: Digest, signal?: AbortSignal): Promise<Uint8Array> {
  const found = await store.get(key, signal);
  if (!found) throw new Failure('FreightNotFound', `${key} is missing in ${store.address}`);
  const lies = sha256(found.body);
  if (lies !== digest) throw new Failure('DigestMismatch', `${key} in ${store.address} is ${lies}, not ${digest}`);
  return found.body;
}
