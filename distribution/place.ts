import type { Freight } from '../domain/freight';
import type { ModelCache } from '../ports/cache';
import type { ObjectStore } from '../ports/object-store';
import { readFile } from './stored-file';

export interface Placing {
  readonly freight: Freight;
  readonly store: ObjectStore;
  readonly cache: ModelCache;
  readonly name: string; // served name
  readonly signal: AbortSignal;
  readonly onProgress?: (bytesDone: number) => void;
}

/**
 * Puts a freight's files where runtimes read them, but not its golden set. Idempotent; each file is hashed on the way, and
 * nothing is visible before the last. @throws `DigestMismatch`, `FreightNotFound`, `NotEnoughSpace` (final); `StoreUnavailable` (retried)
 */
export async function placeFreight({ freight, store, cache, name, signal, onProgress }: Placing): Promise<void> {
  if (await cache.has(name)) return;
  let done = 0;
  const files = freight.files
    .filter(({ digest }) => digest !== freight.goldenSet)
    .map((file) => ({
      path: file.path,
      bytes: file.bytes,
      async *open() {
        for await (const chunk of readFile(store, file, signal)) {
          yield chunk;
          onProgress?.((done += chunk.byteLength));
        }
      },
    }));
  await cache.place(name, files, signal);
}
