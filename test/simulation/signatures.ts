import { hash as hashOnce } from 'node:crypto';

const hash = (algorithm: string, ...parts: readonly Uint8Array[]): Uint8Array => {
  const [only, ...more] = parts;
  const whole = only && more.length === 0 ? only : Buffer.concat(parts);
  return new Uint8Array(hashOnce(algorithm, whole, 'buffer'));
};

/**
 * Stands in for Ed25519 (1 ms a signature): a keyed hash that anyone could forge, which nobody here does but by using another key.
 * The real one is tested in test/unit/domain/approval.test.ts.
 */
export const ed25519 = {
  getPublicKey: (seed: Uint8Array): Uint8Array => hash('sha256', seed),
  sign: (message: Uint8Array, seed: Uint8Array): Uint8Array => hash('sha512', hash('sha256', seed), message),
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
    return Buffer.compare(signature, hash('sha512', publicKey, message)) === 0;
  },
};

/** Node's own SHA-256 in place of the portable one: the same digests, sooner. */
export const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes);
