/** One file to be placed for runtimes to read. */
export interface CacheFile {
  readonly path: string; // relative to the model's folder
  readonly bytes: number;
  open(): AsyncIterable<Uint8Array>;
}

/**
 * The region's fast local files: the model repository that its runtimes read, a folder per served name.
 * Every method: @throws `StoreUnavailable` (retried), `NotEnoughSpace` (final, with the bytes missing)
 */
export interface ModelCache {
  /** Puts a version's files into `<name>/1/` (Open Inference Protocol model repository). Idempotent; nothing is visible before the last file. */
  place(name: string, files: readonly CacheFile[], signal: AbortSignal): Promise<void>;
  has(name: string): Promise<boolean>;
  names(): Promise<readonly string[]>;
  /** Drops a version's files. Idempotent. */
  evict(name: string): Promise<void>;
  /** Bytes that still fit under the cache's own limit and on its disk. */
  freeBytes(): Promise<number>;
}
