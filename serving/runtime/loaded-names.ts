import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { replaceFlushed } from '../../disk/durable';

const FILE = 'loaded.json';

/** The names that were loaded last. A file that cannot be read is an error: starting empty would unload a live version. */
export async function readLoadedNames(stateDir: string): Promise<readonly string[]> {
  await mkdir(stateDir, { recursive: true });
  const file = path.join(stateDir, FILE);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{"names":[]}';
    throw error;
  });
  const names = namesIn(text);
  if (!names) throw new Error(`${file} does not hold {"names":[...]}; remove it to start with nothing loaded`);
  return names;
}

/** Replaces the names: whole or not at all, and on the disk when it returns. */
export async function writeLoadedNames(stateDir: string, names: readonly string[]): Promise<void> {
  await replaceFlushed(path.join(stateDir, FILE), JSON.stringify({ names }));
}

function namesIn(text: string): readonly string[] | undefined {
  try {
    const { names } = JSON.parse(text) as { names?: unknown };
    return Array.isArray(names) && names.every((name) => typeof name === 'string') ? names : undefined;
  } catch {
    return undefined;
  }
}
