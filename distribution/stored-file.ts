import { createHash } from 'node:crypto';
import { z } from 'zod';
import { Failure } from '../domain/failures';
import type { FreightFile } from '../domain/freight';
import { isDigest, type Digest } from '../domain/ids';
import { jsonBytes, jsonObject } from '../domain/json';
import type { ObjectStore } from '../ports/object-store';
import { flowing, gather, type Flow } from './flow';
import { digestOf } from './sha256';
import { filePrefix, indexKey, partKey, partsOf, type Part } from './store-layout';

/** What a store says of a complete file: how it is cut, and what each part hashes to. */
export interface FileIndex {
  readonly bytes: number;
  readonly partBytes: number;
  readonly parts: readonly Digest[];
}

const indexSchema = z.object({
  bytes: z.number().int().nonnegative(),
  partBytes: z.number().int().positive(),
  parts: z.array(z.string().refine(isDigest)),
});

/** The index of a file, or undefined where the file is not complete. @throws `DigestMismatch` (final) when it is damaged */
export async function readIndex(
  store: ObjectStore,
  file: Pick<FreightFile, 'digest' | 'bytes'>,
  signal?: AbortSignal,
): Promise<FileIndex | undefined> {
  const found = await store.get(indexKey(file.digest), signal);
  if (!found) return undefined;
  const { data } = indexSchema.safeParse(jsonObject(found.body));
  if (data && data.bytes === file.bytes && data.parts.length === partsOf(data.bytes, data.partBytes).length)
    return data;
  const text = `${indexKey(file.digest)} in ${store.address} is damaged: delete it and replicate again`;
  throw new Failure('DigestMismatch', text);
}

export async function writeIndex(
  store: ObjectStore,
  file: Digest,
  index: FileIndex,
  signal: AbortSignal,
): Promise<void> {
  await store.put(indexKey(file), jsonBytes(index), undefined, signal);
}

/** The sizes of the parts that a store holds, by number. */
export async function heldParts(
  store: ObjectStore,
  file: Digest,
  signal?: AbortSignal,
): Promise<ReadonlyMap<number, number>> {
  const held = new Map<number, number>();
  const prefix = filePrefix(file);
  for await (const { key, bytes } of store.list(prefix, signal)) {
    const name = key.slice(prefix.length);
    if (/^\d+$/.test(name)) held.set(Number(name), bytes);
  }
  return held;
}

/** One part, as it lies there: not verified. @throws `FreightNotFound` (final), `StoreUnavailable` (retried) */
export async function readPart(
  store: ObjectStore,
  file: Digest,
  part: Part,
  { signal, onBytes }: Pick<Flow, 'signal' | 'onBytes'>,
): Promise<Uint8Array> {
  const key = partKey(file, part.number);
  const what = `${key} of ${store.address}`;
  const chunks = flowing((reading) => store.read(key, reading), { what, signal, onBytes });
  return gather(chunks, part.bytes, what);
}

/**
 * Streams a file that is complete in the store, hashed on the way.
 * @throws `DigestMismatch` (final) at its end, so nobody may use the bytes before; `FreightNotFound` (final)
 */
export async function* readFile(
  store: ObjectStore,
  file: FreightFile,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const index = await readIndex(store, file, signal);
  if (!index) throw notComplete(store, file);
  const whole = createHash('sha256');
  for (const { number } of partsOf(index.bytes, index.partBytes)) {
    const key = partKey(file.digest, number);
    const flow = { what: `${key} of ${store.address}`, signal };
    for await (const chunk of flowing((reading) => store.read(key, reading), flow)) {
      whole.update(chunk);
      yield chunk;
    }
  }
  const lies = digestOf(whole);
  if (lies === file.digest) return;
  throw new Failure('DigestMismatch', `${file.path} in ${store.address} is ${lies}, not ${file.digest}`);
}

export function notComplete(store: ObjectStore, { path, digest }: FreightFile): Failure {
  return new Failure('FreightNotFound', `${path} (${digest}) is not complete in ${store.address}`);
}

/** Files by digest: one that a freight holds under two names moves once, under the first. Pure. */
export function distinctFiles(files: readonly FreightFile[]): readonly FreightFile[] {
  const seen = new Set<Digest>();
  return files.filter(({ digest }) => !seen.has(digest) && seen.add(digest));
}
