import { createHash, type Hash } from 'node:crypto';
import type { Digest } from '../domain/ids';

export function sha256(bytes: Uint8Array): Digest {
  return digestOf(createHash('sha256').update(bytes));
}

/** Ends a running hash. */
export function digestOf(hash: Hash): Digest {
  return `sha256:${hash.digest('hex')}` as Digest;
}
