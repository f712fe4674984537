import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** Whether an `authorization` header carries the token. Compared in constant time, whatever the lengths. */
export type BearerCheck = (authorization: string | undefined) => boolean;

/** @throws Error where the file is missing or empty: a runtime that anyone may drive does not start */
export async function bearerCheck(tokenFile: string): Promise<BearerCheck> {
  const token = (await readFile(tokenFile, 'utf8')).trim();
  if (!token) throw new Error(`${tokenFile} is empty: put the token for repository calls there`);
  const expected = digestOf(`Bearer ${token}`);
  return (authorization) => timingSafeEqual(digestOf(authorization ?? ''), expected);
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
