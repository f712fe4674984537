import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { flushFolder, replaceFlushed, writeFlushed } from '../../../disk/durable';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'meridian-durable-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** What is flushed while the task runs: the inode of each flush, with the names that its folder had then. */
async function flushesOf(task: () => Promise<void>): Promise<{ readonly inode: number; readonly names: string[] }[]> {
  const handle = await fs.open(folder, 'r');
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const { sync } = prototype;
  const flushed: { inode: number; names: string[] }[] = [];
  prototype.sync = async function (this: FileHandle) {
    flushed.push({ inode: (await this.stat()).ino, names: readdirSync(folder) });
    return sync.call(this);
  };
  await task().finally(() => (prototype.sync = sync));
  return flushed;
}

describe('a file that has to outlast a loss of power', () => {
  it('is flushed before it takes its name, and its folder after that', async () => {
    const file = path.join(folder, 'state.json');
    writeFileSync(file, 'old');
    const flushed = await flushesOf(() => replaceFlushed(file, 'new'));
    const [inode, ofFolder] = [statSync(file).ino, statSync(folder).ino];
    expect(flushed).toEqual([
      { inode, names: ['state.json', 'state.json.next'] },
      { inode: ofFolder, names: ['state.json'] },
    ]);
    expect(readFileSync(file, 'utf8')).toBe('new');
  });

  it('stays the old one where the new one cannot be written', async () => {
    const file = path.join(folder, 'state.json');
    writeFileSync(file, 'old');
    mkdirSync(`${file}.next`);
    await expect(replaceFlushed(file, 'new')).rejects.toThrow(/EISDIR/);
    expect(readFileSync(file, 'utf8')).toBe('old');
  });

  it('is shorter where the text is, and what a kill left beside it is overwritten', async () => {
    const file = path.join(folder, 'state.json');
    writeFileSync(`${file}.next`, 'a longer text that was left');
    await replaceFlushed(file, Buffer.from('new'));
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(readdirSync(folder)).toEqual(['state.json']);
  });

  it('has the mode that was asked for, and is refused where it must be new and is there', async () => {
    const file = path.join(folder, 'secret');
    await writeFlushed(file, 'one', { mode: 0o600, flag: 'wx' });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await expect(writeFlushed(file, 'two', { flag: 'wx' })).rejects.toThrow(/EEXIST/);
    expect(readFileSync(file, 'utf8')).toBe('one');
  });

  it('says so where its folder is gone', async () => {
    await expect(flushFolder(path.join(folder, 'none'))).rejects.toThrow(/ENOENT/);
  });
});
