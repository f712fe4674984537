import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { layOut } from '../../../stack/layout';
import { keysOf } from '../../../stack/stack-keys';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
async function layout(store: 's3' | 'filesystem') {
  const folder = mkdtempSync(path.join(tmpdir(), 'meridian-keys-'));
  folders.push(folder);
  return layOut(folder, { store, registry: 'layout' });
}
const plain = ({ rootOf, token, ...rest }: ReturnType<typeof keysOf>) => ({
  ...{ rest, roots: ['hub', 'eu-north'].map((store) => rootOf(store)), hook: token('hook') },
});

describe('the keys of an embedded stack', () => {
  it('are the same when the stack is started again', async () => {
    const place = await layout('s3');
    expect(plain(keysOf(place))).toEqual(plain(keysOf(place)));
  });

  it('are different for every store and every reader', async () => {
    const { rootOf, readers } = keysOf(await layout('s3'));
    const keys = [...['hub', 'eu-north', 'us-east', 'ap-south'].map((store) => rootOf(store)), ...readers];
    expect(new Set(keys.map(({ secretKey }) => secretKey)).size).toBe(7);
    expect(() => rootOf('eu-south')).toThrow(/no root key for eu-south/);
  });

  it('lie in files that only their owner reads', async () => {
    const { people, secrets } = keysOf(await layout('s3'));
    const files = [secrets.hubKeys, secrets.storeKeys, secrets.tokens].flatMap((paths) => Object.values(paths));
    for (const file of [...files, ...people.map(({ keyFile }) => keyFile)]) expect(statSync(file).mode & 0o077).toBe(0);
    expect(files).toHaveLength(4 + 3 + 7);
  });

  it('are none of a store where stores are folders', async () => {
    expect(keysOf(await layout('filesystem')).secrets).toMatchObject({ hubKeys: {}, storeKeys: {} });
  });
});
