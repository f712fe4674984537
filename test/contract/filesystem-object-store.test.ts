import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { fileFailure } from '../../adapters/object-store/file-failure';
import { FilesystemObjectStore } from '../../adapters/object-store/filesystem';
import { objectStoreLaws } from './object-store';

const run = promisify(execFile);
const BUILT = path.resolve(__dirname, '../../dist/adapters/object-store/filesystem.js');
/** Counts a shared number up by compare-and-set, as often as told, from a process of its own. */
const COUNT_UP = `
  const { FilesystemObjectStore } = require(${JSON.stringify(BUILT)});
  const [root, times] = process.argv.slice(1);
  const store = new FilesystemObjectStore(root);
  (async () => {
    for (let done = 0; done < Number(times); ) {
      const { head, body } = await store.get('count');
      const next = Buffer.from(String(Number(Buffer.from(body)) + 1));
      if (await store.put('count', next, { kind: 'match', etag: head.etag })) done += 1;
    }
  })();`;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'meridian-store-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe('the filesystem object store', () => {
  objectStoreLaws(async () => new FilesystemObjectStore(path.join(root, 'store')));

  it('loses no update when processes race by `match`', async () => {
    const store = new FilesystemObjectStore(root);
    await store.put('count', Buffer.from('0'));
    await Promise.all([1, 2, 3].map(() => run(process.execPath, ['-e', COUNT_UP, root, '25'])));
    expect(Buffer.from((await store.get('count'))!.body).toString()).toBe('75');
  });

  it('takes over the lock of a process that died, and removes what it would have put', async () => {
    const store = new FilesystemObjectStore(root);
    await store.put('k', Buffer.from('old'));
    const lock = path.join(root, 'locks', '8254c329a92850f6d539dd376f4816ee2764517da5e0235514af433164480d7a'); // of `k`
    await writeFile(lock, 'deadbeef');
    await writeFile(path.join(root, 'scratch', 'deadbeef'), 'of the dead');
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(lock, longAgo, longAgo);
    expect(await store.put('k', Buffer.from('new'))).toBeDefined();
    expect(await readdir(path.join(root, 'scratch'))).toEqual([]);
    expect(await readdir(path.join(root, 'locks'))).toEqual([]);
  });

  it('says that the disk may not be mounted when its parent folder is missing', async () => {
    const store = new FilesystemObjectStore(path.join(root, 'unmounted', 'store'));
    const put = store.put('k', Buffer.from('x'));
    await expect(put).rejects.toMatchObject({ type: 'StoreUnavailable', message: expect.stringMatching(/mounted/) });
  });

  it('says how many bytes did not fit when the disk is full', async () => {
    const full = await writeFile('/dev/full', 'x').catch((error: unknown) => error); // refuses as a full disk does
    const failure = fileFailure(full, 'directory /store', 1);
    expect(failure).toMatchObject({ type: 'NotEnoughSpace', details: { bytes: 1 } });
  });

  it('leaves nothing aside', async () => {
    const store = new FilesystemObjectStore(root);
    await store.put('k', Buffer.from('1'), { kind: 'absent' });
    await store.put('k', Buffer.from('2'), { kind: 'absent' });
    await store.put('k', Buffer.from('3'));
    await store.delete('k');
    expect(await readdir(path.join(root, 'scratch'))).toEqual([]);
    expect(await readdir(path.join(root, 'locks'))).toEqual([]);
  });
});
