import { mkdirSync, readFileSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Who holds a directory. `startedAt` tells two processes apart that had the same pid; null where the system does not say. */
interface Owner {
  readonly pid: number | null; // null: released
  readonly startedAt: string | null;
}

const NAME = /^lock\.(\d+)$/;

/**
 * Takes a directory for this process: file `lock.<n>` with its pid, the highest n counts. A lock whose process is dead is taken over by
 * creating the next number, which only one process can; numbers never go back, so a slow rival cannot take what is held.
 * @returns what releases it
 * @throws Error naming the process that holds it
 */
export function lockDirectory(directory: string): () => void {
  mkdirSync(directory, { recursive: true });
  for (;;) {
    const newest = newestOf(directory);
    const owner = newest === 0 ? null : ownerOf(path.join(directory, `lock.${newest}`));
    if (owner && isAlive(owner)) throw new Error(refusal(directory, owner));
    const mine = path.join(directory, `lock.${newest + 1}`);
    if (!created(mine)) continue;
    if (newestOf(directory) !== newest + 1) {
      unlinkSync(mine); // it was judged too long ago
      continue;
    }
    removeOlder(directory, newest + 1);
    return () => writeFileSync(mine, JSON.stringify({ pid: null, startedAt: null } satisfies Owner));
  }
}

function refusal(directory: string, { pid }: Owner): string {
  return (
    `${directory} is in use by process ${pid}: two processes on one database directory lose rows; ` +
    `stop that one first (kill ${pid}), or choose another directory`
  );
}

function created(file: string): boolean {
  const owner: Owner = { pid: process.pid, startedAt: startOf(process.pid) };
  try {
    writeFileSync(file, JSON.stringify(owner), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function newestOf(directory: string): number {
  return Math.max(0, ...readdirSync(directory).map((name) => Number(NAME.exec(name)?.[1] ?? 0)));
}

function removeOlder(directory: string, number: number): void {
  const older = readdirSync(directory).filter((name) => Number(NAME.exec(name)?.[1] ?? number) < number);
  for (const name of older) unlinkSync(path.join(directory, name));
}

/** null where the file is gone; a file that its writer did not finish belongs to nobody. */
function ownerOf(file: string): Owner | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Owner;
  } catch {
    return null;
  }
}

function isAlive({ pid, startedAt }: Owner): boolean {
  if (pid === null || pid === process.pid) return false; // our own pid: a process before us had it, as in a container
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const now = processOf(pid);
  if (now?.isZombie) return false; // it ended, and its parent has not asked how
  return startedAt === null || now === null || now.startedAt === startedAt;
}

function startOf(pid: number): string | null {
  return processOf(pid)?.startedAt ?? null;
}

/** State and start (in the kernel's ticks) of a process: proc(5), fields 3 and 22 of stat. Null where there is no /proc. */
function processOf(pid: number): { readonly isZombie: boolean; readonly startedAt: string } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // from field 3 on; the name before may hold anything
    return { isZombie: fields[0] === 'Z' || fields[0] === 'X', startedAt: fields[19] ?? '' };
  } catch {
    return null;
  }
}
