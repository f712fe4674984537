import { createHash } from 'node:crypto';
import { Failure } from '../domain/failures';
import type { Freight, FreightFile } from '../domain/freight';
import type { ObjectStore } from '../ports/object-store';
import { digestOf, sha256 } from './sha256';
import { indexKey, partKey, partsOf, type Part } from './store-layout';
import { distinctFiles, notComplete, readIndex, readPart, type FileIndex } from './stored-file';

export interface Verification {
  readonly freight: Pick<Freight, 'digest' | 'files'>;
  readonly store: ObjectStore;
  readonly signal: AbortSignal;
  readonly onProgress: (bytesDone: number) => void;
}

/**
 * Recomputes every file's SHA-256 from what lies in the store. Idempotent. A bad part is deleted, so that replicating mends it.
 * @throws `DigestMismatch` (final) with `details: { file, parts }`, once all files have been looked at; `FreightNotFound` (final)
 */
export async function verifyFreight({ freight, store, signal, onProgress }: Verification): Promise<void> {
  const bad: { readonly file: string; readonly parts: readonly number[]; readonly text: string }[] = [];
  let done = 0;
  for (const file of distinctFiles(freight.files)) {
    const found = await verifyFile(store, file, signal, (bytes) => onProgress((done += bytes)));
    if (found) bad.push({ file: file.path, ...found });
  }
  const [first] = bad;
  if (!first) return;
  const text = bad.map((found) => found.text).join('; ');
  throw new Failure('DigestMismatch', text, { details: { file: first.file, parts: first.parts } });
}

async function verifyFile(
  store: ObjectStore,
  file: FreightFile,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
) {
  const index = await readIndex(store, file, signal);
  if (!index) throw notComplete(store, file);
  const whole = createHash('sha256');
  const wrong: number[] = [];
  for (const part of partsOf(index.bytes, index.partBytes)) {
    const body = await lyingPart(store, file, part, signal);
    if (body === undefined || sha256(body) !== index.parts[part.number]) wrong.push(part.number);
    if (body) whole.update(body);
    onBytes(part.bytes);
  }
  if (wrong.length > 0) return dropParts(store, file, wrong, signal);
  const lies = digestOf(whole);
  return lies === file.digest ? undefined : dropFile(store, file, index, lies, signal);
}

/** A part's bytes, or undefined where nothing of its length lies. */
async function lyingPart(store: ObjectStore, file: FreightFile, part: Part, signal: AbortSignal) {
  const head = await store.head(partKey(file.digest, part.number), signal);
  return head?.bytes === part.bytes ? readPart(store, file.digest, part, { signal }) : undefined;
}

async function dropParts(store: ObjectStore, file: FreightFile, parts: readonly number[], signal: AbortSignal) {
  for (const part of parts) await store.delete(partKey(file.digest, part), signal);
  const text = `${file.path} in ${store.address} is damaged at part ${parts.join(', ')}: dropped, replicate again`;
  return { parts, text };
}

/** Every part is what the index says, but the whole is not what the manifest says: the index is wrong, so none of it is trusted. */
async function dropFile(store: ObjectStore, file: FreightFile, index: FileIndex, lies: string, signal: AbortSignal) {
  await store.delete(indexKey(file.digest), signal);
  const parts = index.parts.map((_, part) => part);
  for (const part of parts) await store.delete(partKey(file.digest, part), signal);
  return { parts, text: `${file.path} in ${store.address} is ${lies}, not ${file.digest}: dropped, replicate again` };
}
