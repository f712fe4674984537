import { readFileSync, statSync } from 'node:fs';
import { newKeyPair, type KeyPair } from '../domain/approval';
import { fromBase64url } from '../domain/base64url';
import { asObject, asText } from '../domain/json';
import { EXIT, CliError, notFound, usage } from './exit-codes';

/** A person's key, as `meridian keys new` writes it. */
export interface Key extends KeyPair {
  readonly actor: string; // id in the roster
}

const REMEDY = 'make one with: meridian keys new --actor ID --out FILE';

/** Reads a key file. @throws CliError for one that is not there, not readable or no key */
export function readKeyFile(file: string): Key {
  const fields = asObject(jsonOf(readText(file)));
  const actor = asText(fields?.actor);
  const seed = fromBase64url(asText(fields?.secretKey) ?? '');
  if (actor === undefined || seed?.length !== 32) {
    throw usage(`${file} is no key file: JSON with actor, publicKey and secretKey`, REMEDY);
  }
  const pair = newKeyPair(seed);
  if (fields?.publicKey !== undefined && fields.publicKey !== pair.publicKey) {
    throw usage(`${file}: its public key does not belong to its secret key`, REMEDY);
  }
  return { actor, ...pair };
}

export function keyFileText({ actor, publicKey, secretKey }: Key): string {
  return `${JSON.stringify({ actor, publicKey, secretKey })}\n`;
}

/** Whether anybody but its owner may read or write the file; systems without modes say no. */
export function isOpenToOthers(file: string): boolean {
  return process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0;
}

/** A file's text, for people who named it. @throws CliError */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw notFound(`there is no file ${file}`);
    throw new CliError(EXIT.usage, `${file} cannot be read (${code}): check its owner and mode`, undefined, 'Usage');
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
