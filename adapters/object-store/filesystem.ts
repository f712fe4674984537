import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, open, rename, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import { writeFlushed } from '../../disk/durable';
import { Failure } from '../../domain/failures';
import { checkObjectKey, checkObjectPrefix } from '../../domain/object-key';
import type { ByteRange, ObjectHead, ObjectStore, PutCondition } from '../../ports/object-store';
import { fileFailure, isMissing } from './file-failure';
import { underLock } from './file-lock';
import { etagOf, filesBelow, headOfFile, sweepAbandoned, tryFlushFolder } from './files';

const MAX_GET_BYTES = 8 * 1024 * 1024; // ports/object-store.ts
const READ_BYTES = 1024 * 1024;

/**
 * Objects as plain files below a directory, on one computer's disk or a mount of it. A put is written aside, flushed, and
 * linked (`absent`) or renamed into place; what replaces or removes runs under a lock between processes, so that `match`
 * is one step. A key may not be the folder of another key.
 */
export class FilesystemObjectStore implements ObjectStore {
  readonly address: string;
  private readonly objects: string;
  private readonly scratch: string;
  private readonly locks: string;
  private swept = false;

  /** @param root an absolute path; made at the first put if its parent is there */
  constructor(private readonly root: string) {
    this.address = `directory ${root}`;
    this.objects = path.join(root, 'objects');
    this.scratch = path.join(root, 'scratch');
    this.locks = path.join(root, 'locks');
  }

  async head(key: string, signal?: AbortSignal): Promise<ObjectHead | undefined> {
    signal?.throwIfAborted();
    const file = this.pathOf(key);
    return this.mapped(() => headOfFile(key, file));
  }

  async get(key: string, signal?: AbortSignal) {
    signal?.throwIfAborted();
    const file = this.pathOf(key);
    return this.mapped(async () => {
      const handle = await open(file, 'r').catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      });
      if (!handle) return undefined;
      try {
        const found = await handle.stat({ bigint: true });
        if (found.size > MAX_GET_BYTES)
          throw new TypeError(`${key} has ${found.size} bytes: too large to get, read it`);
        const body = await handle.readFile();
        return { head: { key, bytes: body.byteLength, etag: etagOf(found, body) }, body: new Uint8Array(body) };
      } finally {
        await handle.close();
      }
    });
  }

  async *read(key: string, signal: AbortSignal, range?: ByteRange): AsyncIterable<Uint8Array> {
    const file = this.pathOf(key);
    const found = await this.head(key, signal);
    if (!found) throw new Failure('FreightNotFound', `no object ${key} in ${this.address}`);
    const { from, bytes } = range ?? { from: 0, bytes: found.bytes };
    if (bytes === 0) return;
    let arrived = 0;
    try {
      const options = { start: from, end: from + bytes - 1, highWaterMark: READ_BYTES, signal };
      for await (const chunk of createReadStream(file, options) as AsyncIterable<Buffer>) {
        arrived += chunk.byteLength;
        yield chunk;
      }
    } catch (error) {
      signal.throwIfAborted();
      throw fileFailure(error, this.address);
    }
    if (arrived < bytes) {
      throw new Failure('StoreUnavailable', `${key} in ${this.address} ended after ${arrived} of ${bytes} bytes`);
    }
  }

  async put(key: string, body: Uint8Array, condition?: PutCondition, signal?: AbortSignal) {
    signal?.throwIfAborted();
    const file = this.pathOf(key);
    return this.mapped(async () => {
      await this.makeFolders(path.dirname(file));
      const scratch = this.newScratch();
      try {
        await writeFlushed(scratch, body, { flag: 'wx' });
        const landed = await headOfFile(key, scratch); // the same inode once it is in place
        const held =
          condition?.kind === 'absent'
            ? await linked(scratch, file)
            : await this.replace(key, scratch, condition, signal);
        if (held) await tryFlushFolder(path.dirname(file));
        return held ? landed : undefined;
      } finally {
        await rm(scratch, { force: true });
      }
    }, body.byteLength);
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncIterable<ObjectHead> {
    const folder = checkObjectPrefix(prefix).slice(0, prefix.lastIndexOf('/') + 1);
    const keys = await this.mapped(() => filesBelow(this.objects, folder));
    for (const key of keys.filter((found) => found.startsWith(prefix))) {
      const head = await this.head(key, signal);
      if (head) yield head;
    }
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    const file = this.pathOf(key);
    if (!(await this.head(key, signal))) return;
    const lock = { file: this.lockOf(key), scratch: this.newScratch(), signal };
    await this.mapped(() => underLock(lock, () => rm(file, { force: true })));
  }

  async freeBytes(): Promise<number | null> {
    return this.mapped(async () => {
      await this.makeFolders(this.objects);
      const { bavail, bsize } = await statfs(this.root);
      return bavail * bsize;
    });
  }

  private async replace(key: string, scratch: string, condition: PutCondition | undefined, signal?: AbortSignal) {
    const file = this.pathOf(key);
    return underLock({ file: this.lockOf(key), scratch, signal }, async () => {
      if (condition?.kind === 'match' && (await headOfFile(key, file))?.etag !== condition.etag) return false;
      await rename(scratch, file);
      return true;
    });
  }

  /** Makes the store's folders, but never its parent: an unmounted disk must not be written beside. */
  private async makeFolders(folder: string): Promise<void> {
    await mkdir(this.root).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    for (const made of [this.scratch, this.locks, folder]) await mkdir(made, { recursive: true });
    if (!this.swept) await sweepAbandoned(this.scratch);
    this.swept = true;
  }

  private async mapped<T>(run: () => Promise<T>, bytes?: number): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw fileFailure(error, this.address, bytes);
    }
  }

  private pathOf(key: string): string {
    return path.join(this.objects, checkObjectKey(key));
  }

  private lockOf(key: string): string {
    return path.join(this.locks, createHash('sha256').update(key).digest('hex'));
  }

  private newScratch(): string {
    return path.join(this.scratch, randomBytes(12).toString('hex'));
  }
}

/** Puts a file in place only where none is: the one atomic step of `absent`. */
async function linked(scratch: string, file: string): Promise<boolean> {
  try {
    await link(scratch, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
