import { execFileSync } from 'node:child_process';
import { sha256 } from '@noble/hashes/sha2.js';
import { ed25519 } from '@noble/curves/ed25519.js';

// RFC 8032, section 7.1, test 1, and FIPS 180-2, appendix B.1.
const SECRET_KEY = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
const PUBLIC_KEY = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
const DIGEST_OF_ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('packages that are ES modules only', () => {
  it('load in tests', () => {
    expect(hex(ed25519.getPublicKey(Buffer.from(SECRET_KEY, 'hex')))).toBe(PUBLIC_KEY);
    expect(hex(sha256(Buffer.from('abc')))).toBe(DIGEST_OF_ABC);
  });

  it('load by require, as the build does, without a word on stderr', () => {
    const script = `
      const { ed25519 } = require('@noble/curves/ed25519.js');
      console.error(Buffer.from(ed25519.getPublicKey(Buffer.from('${SECRET_KEY}', 'hex'))).toString('hex'));`;
    const output = execFileSync('sh', ['-c', '"$0" -e "$1" 2>&1', process.execPath, script], { encoding: 'utf8' });
    expect(output.trim()).toBe(PUBLIC_KEY);
  });
});
