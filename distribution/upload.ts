import { createHash } from 'node:crypto';
import { Failure } from '../domain/failures';
import { freightBytes, type Freight, type FreightFile } from '../domain/freight';
import { parseFreight, type FreightSource } from '../domain/freight-manifest';
import type { Digest } from '../domain/ids';
import { jsonBytes } from '../domain/json';
import type { ObjectStore } from '../ports/object-store';
import { hasFreight, missingBytes, readFreight } from './inventory';
import { probe, readSource, type RegistryFreight } from './registry-freight';
import { partBodies, type Passing } from './part-bodies';
import { digestOf, sha256 } from './sha256';
import { configKey, freightKey, manifestKey, PART_BYTES, partKey, partsOf, type Part } from './store-layout';
import { distinctFiles, heldParts, readIndex, readPart, writeIndex } from './stored-file';

export interface Upload extends RegistryFreight {
  readonly hub: ObjectStore;
  readonly onProgress: (bytesDone: number, bytesTotal: number) => void; // of the freight's distinct bytes; on progress only
  readonly partBytes?: number; // default 16 MiB
}

/**
 * Brings a freight from the registry into the hub's store. Manifest, config and the presence of each layer are checked before the first
 * byte is stored; each file is hashed as it flows. Idempotent; resumes: parts that lie in the hub are read there, not fetched again.
 *
 * @throws `FreightNotFound`, `InvalidFreight`, `DigestMismatch` (after one re-read), `NotEnoughSpace` (final);
 * `RegistryUnavailable`, `StoreUnavailable` (retried)
 */
export async function uploadFreight(upload: Upload): Promise<Freight> {
  const { hub, digest, signal, onProgress } = upload;
  if (await hasFreight(hub, digest, signal)) return readFreight(hub, digest, signal);
  const source = await readSource(upload);
  const freight = parseFreight(source);
  const files = distinctFiles(freight.files);
  for (const file of files) await probe(upload, file);
  await checkRoom(freight, hub, signal);
  const bytesTotal = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let before = 0;
  for (const file of files) {
    await uploadFile(upload, file, (bytes) => onProgress(before + bytes, bytesTotal));
    before += file.bytes;
  }
  await storeFreight(hub, freight, source, signal);
  return freight;
}

/** Writes manifest, config and, last, the mark that all is there. Idempotent. */
export async function storeFreight(
  store: ObjectStore,
  freight: Freight,
  source: FreightSource,
  signal: AbortSignal,
): Promise<void> {
  const { digest, model, version } = freight;
  await store.put(manifestKey(digest), source.manifest, undefined, signal);
  if (source.config) await store.put(configKey(digest), source.config, undefined, signal);
  await store.put(
    freightKey(digest),
    jsonBytes({ digest, model, version, bytes: freightBytes(freight) }),
    undefined,
    signal,
  );
}

async function checkRoom(freight: Freight, hub: ObjectStore, signal: AbortSignal): Promise<void> {
  const [free, missing] = [await hub.freeBytes(), await missingBytes(freight, hub, signal)];
  if (free === null || free >= missing) return;
  const text = `${hub.address} lacks ${missing - free} bytes for ${freight.digest}`;
  throw new Failure('NotEnoughSpace', text, { details: { missing: missing - free } });
}

async function uploadFile(upload: Upload, file: FreightFile, onBytes: (bytesSoFar: number) => void): Promise<void> {
  const { hub, signal, partBytes = PART_BYTES } = upload;
  const held = await heldParts(hub, file.digest, signal);
  const index = await readIndex(hub, file, signal);
  if (index && partsOf(file.bytes, index.partBytes).every(({ number, bytes }) => held.get(number) === bytes)) {
    return onBytes(file.bytes);
  }
  let seen = 0; // what passes twice counts once
  const passing = {
    ...upload,
    file,
    partBytes,
    onBytes: (bytes: number) => onBytes(Math.min(file.bytes, (seen += bytes))),
  };
  if ((await passFile(passing, held)) === file.digest) return;
  const arrived = await passFile(passing, new Map()); // all of it from the registry once more
  if (arrived === file.digest) return;
  for (const { number } of partsOf(file.bytes, partBytes)) await hub.delete(partKey(file.digest, number), signal);
  const text = `${file.path} arrived as ${arrived}, the manifest says ${file.digest}`;
  throw new Failure('DigestMismatch', `${text}: mend it in ${upload.registry.address}`);
}

/**
 * Passes every byte of a file by, from the hub where it lies there, else from the registry into the hub; writes the index if all is right.
 * @returns the digest of what passed
 */
async function passFile(passing: Passing, held: ReadonlyMap<number, number>): Promise<Digest> {
  const { hub, file, partBytes, signal } = passing;
  const whole = createHash('sha256');
  const parts: Digest[] = [];
  for await (const { part, body, isHeld } of partBodies(passing, held)) {
    const digest = sha256(body);
    if (!isHeld) await keepPart({ hub, file, part, body, digest, signal });
    whole.update(body);
    parts.push(digest);
  }
  const arrived = digestOf(whole);
  if (arrived === file.digest) await writeIndex(hub, file.digest, { bytes: file.bytes, partBytes, parts }, signal);
  return arrived;
}

interface KeptPart {
  readonly hub: ObjectStore;
  readonly file: FreightFile;
  readonly part: Part;
  readonly body: Uint8Array;
  readonly digest: Digest;
  readonly signal: AbortSignal;
}

/** Puts a part; where another object lies already, it stays only if its bytes are the same. */
async function keepPart({ hub, file, part, body, digest, signal }: KeptPart): Promise<void> {
  const key = partKey(file.digest, part.number);
  if (await hub.put(key, body, { kind: 'absent' }, signal)) return;
  const lies = await readPart(hub, file.digest, part, { signal }).then(sha256, () => undefined);
  if (lies !== digest) await hub.put(key, body, undefined, signal);
}
