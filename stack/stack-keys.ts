import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CredentialFiles, type Person } from './credentials';
import type { StackLayout } from './layout';
import type { Root, Secrets } from './parts';

/** Every key, token and person of one embedded stack: each region has its own. */
export interface StackKeys {
  readonly people: readonly Person[];
  readonly roster: string; // compact JWS
  readonly readers: readonly Root[]; // of the hub's store, one for each region
  readonly secrets: Secrets; // as the processes get them
  /** @param store `hub` or a region's id */
  rootOf(store: string): Root;
  token(name: string): string;
}

/** Makes what is not there yet; a stack that is started again finds what it was made with. */
export function keysOf({ dir, regions, choices }: StackLayout): StackKeys {
  const files = new CredentialFiles(path.join(dir, 'secrets'));
  const ids = regions.map(({ id }) => id);
  const s3 = choices.store === 's3';
  const key = (name: string) => ({ name, ...files.storeKey(name) });
  const hub = key('hub-root');
  const readers = ids.map((id) => ({ id, ...key(`hub-reader-${id}`) }));
  const stores = ids.map((id) => ({ id, ...key(id) }));
  const pairs = (named: readonly { id: string; file: string }[]) =>
    Object.fromEntries(named.map(({ id, file }) => [id, file]));
  const names = ids.flatMap((id) => [`${id} router`, `${id} inference`]).concat('hook');
  const tokens = Object.fromEntries(names.map((name) => [name, files.token(name.replaceAll(' ', '-'))]));
  const { roster, rootKeyFile, people } = files.roster([
    { id: 'ada', roles: ['starter', 'operator'] },
    { id: 'grace', roles: ['approver', 'operator'] },
    { id: 'linus', roles: ['approver'] },
  ]);
  const roots = new Map([['hub', hub.key], ...stores.map(({ id, key: root }): [string, Root] => [id, root])]);
  const secrets = {
    hubKeys: s3 ? { root: hub.file, ...pairs(readers) } : {},
    storeKeys: s3 ? pairs(stores) : {},
    tokens,
    rootKeyFile,
  };
  return { people, roster, secrets, readers: readers.map((reader) => reader.key), rootOf, token };

  function rootOf(store: string): Root {
    const root = roots.get(store);
    if (!root) throw new TypeError(`no root key for ${store}`);
    return root;
  }

  function token(name: string): string {
    return readFileSync(tokens[name] ?? '', 'utf8').trim();
  }
}
