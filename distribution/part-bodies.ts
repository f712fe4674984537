import type { FreightFile } from '../domain/freight';
import type { ObjectStore } from '../ports/object-store';
import { cut, flowing } from './flow';
import type { RegistryFreight } from './registry-freight';
import { partsOf, type Part } from './store-layout';
import { readPart } from './stored-file';

/** A file on its way from the registry into the hub. */
export interface Passing extends Omit<RegistryFreight, 'digest'> {
  readonly hub: ObjectStore;
  readonly file: FreightFile;
  readonly partBytes: number;
  readonly onBytes: (bytes: number) => void; // of each chunk
}
export interface PartBody {
  readonly part: Part;
  readonly body: Uint8Array;
  readonly isHeld: boolean; // it came from the hub
}

/** A file's parts in order; those that the hub holds from there, the others streamed from the registry in runs, one request a run. */
export async function* partBodies(passing: Passing, held: ReadonlyMap<number, number>): AsyncIterable<PartBody> {
  const { hub, file, partBytes, signal, onBytes } = passing;
  const parts = partsOf(file.bytes, partBytes);
  const isHeld = ({ number, bytes }: Part) => held.get(number) === bytes;
  let run: Part[] = [];
  for (const part of parts) {
    if (!isHeld(part)) {
      run.push(part);
      continue;
    }
    yield* runOf(passing, run);
    run = [];
    yield { part, body: await readPart(hub, file.digest, part, { signal, onBytes }), isHeld: true };
  }
  yield* runOf(passing, run);
}

async function* runOf(
  { registry, repository, file, signal, onBytes }: Passing,
  run: readonly Part[],
): AsyncIterable<PartBody> {
  const [first] = run;
  if (!first) return;
  const lengths = run.map(({ bytes }) => bytes);
  const range = { from: first.from, bytes: lengths.reduce((sum, bytes) => sum + bytes, 0) };
  const what = `${file.path} from ${registry.address}`;
  const flow = { what, signal, failure: 'RegistryUnavailable', onBytes } as const;
  const chunks = flowing((reading) => registry.blob(repository, file.digest, reading, range), flow);
  const parts = run.values();
  for await (const body of cut(chunks, lengths, what)) {
    const { value: part } = parts.next();
    if (part) yield { part, body, isHeld: false };
  }
}
