import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { newKeyPair, signRoster, type KeyPair, type Role } from '../domain/approval';

export interface StoreKey {
  readonly accessKey: string;
  readonly secretKey: string;
}
/** A person of the embedded stack, with a key of its own. */
export interface Person {
  readonly id: string;
  readonly roles: readonly Role[];
  readonly keyFile: string; // secret key, readable by its owner alone
}

/** Writes the stack's secrets into files that only their owner reads, and hands out their paths. */
export class CredentialFiles {
  constructor(private readonly dir: string) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  }

  /** A bearer token. */
  token(name: string): string {
    return this.keep(`${name}.token`, () => randomBytes(24).toString('hex'));
  }

  storeKey(name: string): { readonly key: StoreKey; readonly file: string } {
    const fresh = () => ({ accessKey: name.replaceAll(/[^a-z0-9]/g, ''), secretKey: randomBytes(20).toString('hex') });
    const file = this.keep(`${name}.store.json`, () => JSON.stringify(fresh()));
    return { key: JSON.parse(readFileSync(file, 'utf8')) as StoreKey, file };
  }

  /** The fleet's root key and the roster of people whom it names. */
  roster(people: readonly { readonly id: string; readonly roles: readonly Role[] }[]): Roster {
    const file = this.keep('roster.jws', () => this.signedRoster(people));
    return {
      roster: readFileSync(file, 'utf8').trim(),
      rootKeyFile: path.join(this.dir, 'root.pub'),
      people: people.map(({ id, roles }) => ({ id, roles, keyFile: path.join(this.dir, `${id}.key`) })),
    };
  }

  private signedRoster(people: readonly { readonly id: string; readonly roles: readonly Role[] }[]): string {
    const root = newKeyPair(randomBytes(32));
    this.keep('root.pub', () => root.publicKey);
    const actors = people.map(({ id, roles }) => {
      const pair = newKeyPair(randomBytes(32));
      this.keep(`${id}.key`, () => keyFileText(id, pair));
      return { id, roles, keys: [pair.publicKey] };
    });
    return signRoster({ version: 1, actors }, root.secretKey);
  }

  /** A stack that is started again finds the secrets that it was made with. */
  private keep(name: string, text: () => string): string {
    const file = path.join(this.dir, name);
    if (!existsSync(file)) writeFileSync(file, `${text()}\n`, { mode: 0o600 });
    return file;
  }
}

interface Roster {
  readonly roster: string; // compact JWS
  readonly rootKeyFile: string;
  readonly people: readonly Person[];
}

/** A key file as `meridian keys new` writes it. */
function keyFileText(actor: string, { publicKey, secretKey }: KeyPair): string {
  return JSON.stringify({ actor, publicKey, secretKey });
}
