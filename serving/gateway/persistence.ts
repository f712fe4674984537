import { createHash } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { flushFolder, writeFlushed } from '../../disk/durable';

/**
 * One file that is either wholly the old or wholly the new one, with a checksum, and the copy before it beside it
 * (`<file>.previous`). A damaged file is refused, never taken for an empty one.
 */
export class StateFile {
  constructor(readonly file: string) {}

  /** What was written last, or undefined where nothing ever was. @throws Error that says what to do about a damaged file */
  async read(): Promise<unknown> {
    const text = await readFile(this.file, 'utf8').catch(ifMissing);
    if (text === undefined) {
      const previous = await readFile(`${this.file}.previous`, 'utf8').catch(ifMissing);
      if (previous === undefined) return undefined;
      throw new Error(`${this.file} is gone but ${this.file}.previous is there: ${REMEDY(this.file)}`);
    }
    const end = text.indexOf('\n');
    const body = text.slice(end + 1);
    if (text.slice(0, end) !== checksum(body)) {
      throw new Error(`${this.file} is damaged (its checksum differs): ${REMEDY(this.file)}`);
    }
    return JSON.parse(body);
  }

  /** Returns when the new content would survive a loss of power: write, fsync, rename, fsync of the folder. */
  async write(value: unknown): Promise<void> {
    const next = `${this.file}.next`;
    await writeFlushed(next, framed(value), { mode: 0o600 });
    const spare = `${this.file}.spare`;
    await rm(spare, { force: true });
    const kept = await link(this.file, spare).then(() => true, ifMissing);
    if (kept) await rename(spare, `${this.file}.previous`);
    await rename(next, this.file);
    await flushFolder(path.dirname(this.file));
  }

  /** As `write`, without waiting for the disk: a kill of the process loses nothing, a loss of power may. */
  async writeLazily(value: unknown): Promise<void> {
    await writeFile(`${this.file}.next`, framed(value));
    await rename(`${this.file}.next`, this.file);
  }
}

/** Makes the folder that state rests in, readable by its owner alone. */
export async function stateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

const REMEDY = (file: string) =>
  `check the disk, then copy ${file}.previous over it (the routes before the last change), or remove both files ` +
  `to start with no route at all; a promotion that is under way fences and sets its routes again`;

const checksum = (body: string) => `sha256:${createHash('sha256').update(body).digest('hex')}`;

function framed(value: unknown): string {
  const body = JSON.stringify(value);
  return `${checksum(body)}\n${body}`;
}

function ifMissing(err: NodeJS.ErrnoException): undefined {
  if (err.code === 'ENOENT') return undefined;
  throw err;
}
