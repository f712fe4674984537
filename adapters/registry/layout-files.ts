import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const STALE_LOCK_MS = 10_000; // an index is rewritten in milliseconds
const LOCK_POLL_MS = 5;

/** Runs one at a time between processes: a folder made is the lock. Who finds the lock of a dead process takes it away. */
export async function underLock(lock: string, run: () => Promise<void>): Promise<void> {
  while (!(await made(lock))) {
    const held = await stat(lock).catch(() => undefined);
    if (held && Date.now() - held.mtimeMs > STALE_LOCK_MS) await rm(lock, { recursive: true, force: true });
    await sleep(LOCK_POLL_MS);
  }
  await run().finally(() => rm(lock, { recursive: true, force: true }));
}

/** The size of a file, or undefined where there is none. */
export async function sizeOfFile(file: string): Promise<number | undefined> {
  const found = await unlessMissing(stat(file));
  return found?.isFile() ? found.size : undefined;
}

/** A small file's text, or undefined where there is none. */
export async function textOfFile(file: string): Promise<string | undefined> {
  return unlessMissing(readFile(file, 'utf8'));
}

async function made(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function unlessMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes a file beside its place, flushes it and renames it: it appears whole or not at all. */
export async function writeAside(
  file: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
) {
  await mkdir(path.dirname(file), { recursive: true });
  const aside = `${file}.${randomUUID()}`;
  try {
    const handle = await open(aside, 'wx');
    try {
      for await (const chunk of chunks) {
        signal?.throwIfAborted();
        await handle.writeFile(chunk);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(aside, file);
  } finally {
    await rm(aside, { force: true });
  }
}
