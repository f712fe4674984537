import { Failure } from '../domain/failures';
import { freightBytes, type Freight, type FreightFile } from '../domain/freight';
import type { Digest } from '../domain/ids';
import type { ObjectStore } from '../ports/object-store';
import { readFreightBytes } from './inventory';
import { sha256 } from './sha256';
import { partKey, partsOf, type Part } from './store-layout';
import { distinctFiles, heldParts, notComplete, readIndex, readPart, writeIndex, type FileIndex } from './stored-file';
import { storeFreight } from './upload';

/** Parts in flight: fills a thin link at usual round trips, holds 64 MiB of memory. */
const CONCURRENCY = 4;

export interface Replication {
  readonly freight: Freight;
  readonly from: ObjectStore;
  readonly to: ObjectStore;
  readonly signal: AbortSignal;
  readonly onProgress: (bytesDone: number) => void; // of the freight's distinct bytes, what lay there included; on progress only
  readonly concurrency?: number; // default 4
}
export interface Replicated {
  readonly bytesTotal: number;
  readonly bytesMoved: number; // by this call; what lay there already is not moved again
}

interface Transfer extends Replication {
  readonly onBytes: (bytes: number) => void; // of each chunk
}
interface Job {
  readonly file: FreightFile;
  readonly part: Part;
  readonly digest: Digest;
  readonly lies: boolean; // something of another size lies in its place
}

/**
 * Makes every byte of a freight present in a store, each part proved by its digest before it is put. Idempotent; a kill costs the
 * parts in flight, any worker resumes. Indexes come after the parts, the freight's mark last.
 *
 * @throws `DigestMismatch` (after one re-read), `FreightNotFound`, `NotEnoughSpace` (final); `StoreUnavailable` (retried)
 */
export async function replicateFreight(replication: Replication): Promise<Replicated> {
  const { freight, from, to, signal, onProgress } = replication;
  const bytes = await readFreightBytes(from, freight.digest, signal);
  const indexes = new Map<Digest, FileIndex>();
  const jobs: Job[] = [];
  let held = 0;
  for (const file of distinctFiles(freight.files)) {
    const index = await readIndex(from, file, signal);
    if (!index) throw notComplete(from, file);
    indexes.set(file.digest, index);
    const lacking = await lackingParts(to, file, index, signal);
    jobs.push(...lacking);
    held += file.bytes - sum(lacking);
  }
  if (held > 0) onProgress(held);
  const [bytesTotal, toMove] = [freightBytes(freight), sum(jobs)];
  let arrived = 0; // what is read twice counts once
  const onBytes = (bytes: number) => onProgress(held + Math.min(toMove, (arrived += bytes)));
  await runJobs({ ...replication, onBytes }, jobs);
  for (const [file, index] of indexes) await writeIndex(to, file, index, signal);
  await storeFreight(to, freight, { digest: freight.digest, ...bytes }, signal);
  return { bytesTotal, bytesMoved: toMove };
}

async function lackingParts(to: ObjectStore, file: FreightFile, index: FileIndex, signal: AbortSignal): Promise<Job[]> {
  const held = await heldParts(to, file.digest, signal);
  const lacking: Job[] = [];
  for (const part of partsOf(index.bytes, index.partBytes)) {
    const digest = index.parts[part.number];
    if (digest === undefined || held.get(part.number) === part.bytes) continue;
    lacking.push({ file, part, digest, lies: held.has(part.number) });
  }
  return lacking;
}

/** Runs jobs several at a time; the first failure stops the others, and is thrown when all have stopped. */
async function runJobs(transfer: Transfer, jobs: readonly Job[]): Promise<void> {
  const { signal, concurrency = CONCURRENCY } = transfer;
  const stopped = new AbortController();
  const onAbort = () => stopped.abort(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener('abort', onAbort, { once: true });
  const waiting = jobs[Symbol.iterator]();
  const work = async () => {
    for (const job of waiting) {
      stopped.signal.throwIfAborted();
      await movePart({ ...transfer, signal: stopped.signal }, job);
    }
  };
  const failures: unknown[] = [];
  const worker = () =>
    work().catch((error: unknown) => {
      failures.push(error);
      stopped.abort(error);
    });
  await Promise.all(Array.from({ length: Math.min(concurrency, jobs.length) }, worker));
  signal.removeEventListener('abort', onAbort);
  if (failures.length > 0) throw failures[0];
}

async function movePart({ from, to, signal, onBytes }: Transfer, { file, part, digest, lies }: Job): Promise<void> {
  const fetch = () => readPart(from, file.digest, part, { signal, onBytes });
  let body = await fetch();
  if (sha256(body) !== digest) body = await fetch(); // a wrong byte on the way, or at rest?
  const arrived = sha256(body);
  if (arrived !== digest) {
    const text = `part ${part.number} of ${file.path} arrived from ${from.address} as ${arrived}, not ${digest}`;
    throw new Failure('DigestMismatch', text, { details: { file: file.path, part: part.number } });
  }
  await to.put(partKey(file.digest, part.number), body, lies ? undefined : { kind: 'absent' }, signal);
}

function sum(jobs: readonly Job[]): number {
  let bytes = 0;
  for (const { part } of jobs) bytes += part.bytes;
  return bytes;
}
