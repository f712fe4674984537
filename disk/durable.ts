import { open, rename } from 'node:fs/promises';
import path from 'node:path';

interface Making {
  readonly mode?: number; // of a file that was not there; default 0o666 less the process's mask
  readonly flag?: 'w' | 'wx'; // wx: refuses a file that is there; default w
}

/** Writes a file through to the disk. Its name lasts once its folder is flushed too. */
export async function writeFlushed(file: string, body: string | Uint8Array, making: Making = {}): Promise<void> {
  const handle = await open(file, making.flag ?? 'w', making.mode);
  try {
    await handle.writeFile(body);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes what was made, renamed or removed in a folder last over a loss of power. */
export async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Replaces a file: wholly the old or wholly the new one at any time, and the new one on the disk when it returns. One writer at a time. */
export async function replaceFlushed(file: string, body: string | Uint8Array, making: Making = {}): Promise<void> {
  await writeFlushed(`${file}.next`, body, making);
  await rename(`${file}.next`, file);
  await flushFolder(path.dirname(file));
}
