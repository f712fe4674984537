import { Failure } from '../../domain/failures';
import type { CacheFile, ModelCache } from '../../ports/cache';
import { checkedPaths } from './file-paths';

/** A cache in memory, for tests and the simulation: keeps sizes and, where asked, bytes. */
export class MemoryCache implements ModelCache {
  private readonly versions = new Map<string, ReadonlyMap<string, Uint8Array>>();
  private readonly reserved = new Map<symbol, number>();

  constructor(private readonly limitBytes = Number.MAX_SAFE_INTEGER) {}

  async place(name: string, files: readonly CacheFile[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    checkedPaths(name, files);
    if (this.versions.has(name)) return;
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const missing = bytes - this.free();
    if (missing > 0) {
      throw new Failure('NotEnoughSpace', `the cache lacks ${missing} bytes for ${name}`, { details: { missing } });
    }
    const mine = Symbol(name);
    this.reserved.set(mine, bytes);
    try {
      const placed = new Map<string, Uint8Array>();
      for (const file of files) placed.set(file.path, await read(file, signal));
      this.versions.set(name, placed);
    } finally {
      this.reserved.delete(mine);
    }
  }

  async has(name: string): Promise<boolean> {
    return this.versions.has(name);
  }

  async names(): Promise<readonly string[]> {
    return [...this.versions.keys()].sort();
  }

  async evict(name: string): Promise<void> {
    this.versions.delete(name);
  }

  async freeBytes(): Promise<number> {
    return this.free();
  }

  /** One placed file's bytes; undefined where there is none. */
  bytesOf(name: string, path: string): Uint8Array | undefined {
    return this.versions.get(name)?.get(path);
  }

  private free(): number {
    let used = 0;
    for (const files of this.versions.values()) for (const bytes of files.values()) used += bytes.byteLength;
    for (const bytes of this.reserved.values()) used += bytes;
    return Math.max(0, this.limitBytes - used);
  }
}

async function read(file: CacheFile, signal: AbortSignal): Promise<Uint8Array> {
  const whole = new Uint8Array(file.bytes);
  let bytes = 0;
  for await (const chunk of file.open()) {
    signal.throwIfAborted();
    if (bytes + chunk.byteLength <= file.bytes) whole.set(chunk, bytes);
    bytes += chunk.byteLength;
  }
  if (bytes === file.bytes) return whole;
  throw new Failure('StoreUnavailable', `${file.path} came as ${bytes} bytes, not ${file.bytes}`);
}
