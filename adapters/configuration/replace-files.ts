import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { flushFolder, writeFlushed } from '../../disk/durable';

/**
 * Replaces files of a directory, all or none: every text is on disk before the first takes its name, and those that moved go back when
 * one cannot. A kill between two renames leaves files that are each whole; applying again brings the rest.
 */
export async function replaceFiles(directory: string, texts: ReadonlyMap<string, string>): Promise<void> {
  const files = [...texts].map(([name, text]) => beside(path.join(directory, name), text));
  const undos: (() => Promise<void>)[] = [];
  try {
    for (const { file, fresh, text } of files) {
      await mkdir(path.dirname(file), { recursive: true });
      await writeFlushed(fresh, text, { mode: 0o644 });
    }
    for (const { file, fresh, old } of files) {
      const hadOld = await copyFile(file, old).then(() => true, absent);
      undos.push(() => (hadOld ? rename(old, file) : rm(file, { force: true })));
      await rename(fresh, file);
    }
    for (const folder of new Set(files.map(({ file }) => path.dirname(file)))) await flushFolder(folder);
  } catch (err) {
    for (const undo of undos.reverse()) await undo();
    throw err;
  } finally {
    for (const { fresh, old } of files)
      for (const left of [fresh, old]) await rm(left, { force: true, recursive: true });
  }
}

function beside(file: string, text: string) {
  const hidden = (what: string) => path.join(path.dirname(file), `.${path.basename(file)}.${what}`);
  return { file, text, fresh: hidden('new'), old: hidden('old') };
}

function absent(err: NodeJS.ErrnoException): false {
  if (err.code === 'ENOENT') return false;
  throw err;
}
