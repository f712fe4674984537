import { randomUUID } from 'node:crypto';
import { access, mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { flushFolder } from '../../disk/durable';
import { Failure } from '../../domain/failures';
import type { CacheFile, ModelCache } from '../../ports/cache';
import { checkedPaths } from './file-paths';

export interface DirectoryCacheOptions {
  readonly path: string; // the model repository that runtimes read
  readonly limitBytes: number;
}

/** Folders on their way in or out start with it; runtimes and `names` pass over them. */
const HIDDEN = '.meridian-';
const STALE_MS = 24 * 3_600_000; // a folder that was being written this long ago was left by a kill

/** A folder on the region's fast local disk. A version appears whole, by one rename, and goes the same way. */
export class DirectoryCache implements ModelCache {
  private reserved = 0; // bytes being placed by this process

  constructor(private readonly options: DirectoryCacheOptions) {}

  async place(name: string, files: readonly CacheFile[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    checkedPaths(name, files);
    if (await this.has(name)) return;
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    await this.refuseWithoutRoom(name, bytes);
    const making = this.at(`${HIDDEN}${name}-${randomUUID()}`);
    this.reserved += bytes;
    try {
      for (const file of files) await write(path.join(making, '1', file.path), file, signal);
      await syncFolders(making);
      await this.show(making, name);
    } catch (error) {
      signal.throwIfAborted();
      throw storeFailure(error, name);
    } finally {
      this.reserved -= bytes;
      await rm(making, { recursive: true, force: true });
    }
  }

  async has(name: string): Promise<boolean> {
    checkedPaths(name, []);
    return access(this.at(name)).then(
      () => true,
      () => false,
    );
  }

  async names(): Promise<readonly string[]> {
    const entries = await this.entries();
    return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name);
  }

  async evict(name: string): Promise<void> {
    checkedPaths(name, []);
    const leaving = this.at(`${HIDDEN}${name}-${randomUUID()}`);
    try {
      await rename(this.at(name), leaving);
      await rm(leaving, { recursive: true, force: true });
    } catch (error) {
      if (!isCode(error, 'ENOENT')) throw storeFailure(error, name);
    }
  }

  async freeBytes(): Promise<number> {
    await this.sweep();
    const used = await bytesUnder(this.options.path);
    const { bavail, bsize } = await statfs(this.options.path);
    return Math.max(0, Math.min(this.options.limitBytes - used - this.reserved, bavail * bsize));
  }

  private async refuseWithoutRoom(name: string, bytes: number): Promise<void> {
    const free = await this.freeBytes();
    if (bytes <= free) return;
    const missing = bytes - free;
    const text = `${this.options.path} lacks ${missing} bytes for ${name}; evict a version or raise the cache's limit`;
    throw new Failure('NotEnoughSpace', text, { details: { missing } });
  }

  /** Renaming onto a version that someone else has placed meanwhile changes nothing: names are immutable. */
  private async show(making: string, name: string): Promise<void> {
    try {
      await rename(making, this.at(name));
    } catch (error) {
      if (!isCode(error, 'ENOTEMPTY') && !isCode(error, 'EEXIST')) throw error;
    }
    await flushFolder(this.options.path);
  }

  private async sweep(): Promise<void> {
    for (const { name } of await this.entries()) {
      if (!name.startsWith(HIDDEN)) continue;
      const found = await stat(this.at(name)).catch(() => undefined);
      if (found && found.mtimeMs < Date.now() - STALE_MS) await rm(this.at(name), { recursive: true, force: true });
    }
  }

  private async entries() {
    try {
      await mkdir(this.options.path, { recursive: true });
      return await readdir(this.options.path, { withFileTypes: true });
    } catch (error) {
      throw storeFailure(error, this.options.path);
    }
  }

  private at(name: string): string {
    return path.join(this.options.path, name);
  }
}

/** Writes one file through to the disk, and refuses a stream that is not as long as was said. */
async function write(target: string, file: CacheFile, signal: AbortSignal): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  const handle = await open(target, 'wx');
  try {
    let bytes = 0;
    for await (const chunk of file.open()) {
      signal.throwIfAborted();
      bytes += chunk.byteLength;
      if (bytes > file.bytes) break;
      await handle.writeFile(chunk);
    }
    if (bytes !== file.bytes) throw new Error(`${file.path} came as ${bytes} bytes or more, not ${file.bytes}`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolders(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await syncFolders(path.join(folder, entry.name));
  }
  await flushFolder(folder);
}

async function bytesUnder(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const inside = path.join(folder, entry.name);
    if (entry.isDirectory()) bytes += await bytesUnder(inside);
    else bytes += (await stat(inside).catch(() => ({ size: 0 }))).size; // gone meanwhile
  }
  return bytes;
}

function storeFailure(cause: unknown, subject: string): Failure {
  if (cause instanceof Failure) return cause;
  if (isCode(cause, 'ENOSPC'))
    return new Failure('NotEnoughSpace', `no space left on the disk for ${subject}`, { cause });
  return new Failure('StoreUnavailable', `model cache: ${cause instanceof Error ? cause.message : cause}`, { cause });
}

function isCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === code;
}
