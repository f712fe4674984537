import { createHash } from 'node:crypto';
import type { BigIntStats, Dirent } from 'node:fs';
import { open, readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ObjectHead } from '../../ports/object-store';
import { isMissing } from './file-failure';

/** Up to this size an etag is the content's digest; above, inode, size and change time (every put makes a new inode). */
const DIGEST_ETAG_BYTES = 64 * 1024;
/** What a killed writer left aside is removed after a day: no write takes that long. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

/** Size and etag of a file, or undefined where there is none. */
export async function headOfFile(key: string, file: string): Promise<ObjectHead | undefined> {
  try {
    const found = await stat(file, { bigint: true });
    if (!found.isFile()) return undefined;
    const body = found.size <= DIGEST_ETAG_BYTES ? await readFile(file) : undefined;
    return { key, bytes: body?.byteLength ?? Number(found.size), etag: etagOf(found, body) };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export function etagOf(found: BigIntStats, body: Uint8Array | undefined): string {
  if (body && body.byteLength <= DIGEST_ETAG_BYTES) return createHash('sha256').update(body).digest('hex');
  return `${found.ino.toString(36)}-${found.size.toString(36)}-${found.mtimeNs.toString(36)}`;
}

/** The relative paths of all files below a folder of `root`, `/`-separated, in byte order. */
export async function filesBelow(root: string, folder: string): Promise<string[]> {
  const keys: string[] = [];
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    for (const entry of await entriesOf(path.join(root, next))) {
      if (entry.isDirectory()) folders.push(`${next}${entry.name}/`);
      else if (entry.isFile()) keys.push(`${next}${entry.name}`);
    }
  }
  return keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** Makes the names in a folder survive a power cut; some file systems do not offer it. */
export async function tryFlushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().catch(() => undefined);
  await handle.close();
}

/** Removes what killed writers left aside more than a day ago. */
export async function sweepAbandoned(folder: string): Promise<void> {
  for (const { name } of await entriesOf(folder)) {
    const file = path.join(folder, name);
    const found = await stat(file).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > ABANDONED_MS) await rm(file, { force: true });
  }
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
