import { open, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../domain/failures';

/** A lock held longer than this is a dead process's: what it guards, a look and a rename, takes milliseconds. */
const STALE_MS = 10_000;
const POLL_MS = 3;

export interface Lock {
  readonly file: string;
  readonly scratch: string; // what the holder will rename into place: whoever takes the lock away removes it first
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs under a lock between processes of one computer: a file made with O_EXCL, holding the name of the scratch file. A dead
 * holder's lock is taken over after 10 s: first its scratch file goes, so that it cannot rename any more even if it was
 * only asleep, then the lock.
 *
 * @throws `StoreUnavailable` (retried) after 30 s
 */
export async function underLock<T>({ file, scratch, signal }: Lock, run: () => Promise<T>): Promise<T> {
  const giveUpAtMs = Date.now() + 3 * STALE_MS;
  while (!(await create(file, path.basename(scratch)))) {
    signal?.throwIfAborted();
    if (Date.now() > giveUpAtMs)
      throw new Failure('StoreUnavailable', `${file} is locked: is another process hanging?`);
    await takeOverIfStale(file, path.dirname(scratch));
    await sleep(POLL_MS + Math.random() * POLL_MS);
  }
  try {
    return await run();
  } finally {
    await rm(file, { force: true });
  }
}

async function takeOverIfStale(file: string, scratchFolder: string): Promise<void> {
  if (!(await isStale(file))) return;
  const stealing = `${file}.steal`; // one stealer at a time, or the second would remove the first one's new lock
  if (!(await create(stealing, ''))) {
    if (await isStale(stealing)) await rm(stealing, { force: true });
    return;
  }
  if (await isStale(file)) {
    const dead = await readFile(file, 'utf8').catch(() => '');
    if (/^[0-9a-f]+$/.test(dead)) await rm(path.join(scratchFolder, dead), { force: true });
    await rm(file, { force: true });
  }
  await rm(stealing, { force: true });
}

async function create(file: string, content: string): Promise<boolean> {
  try {
    const made = await open(file, 'wx');
    await made.writeFile(content).finally(() => made.close());
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function isStale(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > STALE_MS;
}
