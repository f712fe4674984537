import { existsSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { StackProcess } from '../../../stack/processes';

const READY = 'console.log(JSON.stringify({ ready: true }))';
const MORE_THAN_A_PIPE = 1024 * 1024;

/** Says more on stderr and stdout than pipes hold before it serves: it never would if nobody read them. */
const TALKS = `
  const text = 'x'.repeat(${MORE_THAN_A_PIPE});
  process.stderr.write(text, () => process.stdout.write(text + '\\n', () => ${READY}));
  setInterval(() => undefined, 1000)`;

describe('the log of a part', () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(path.join(tmpdir(), 'meridian-log-'))));
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const talker = (logs: string) =>
    new StackProcess({ name: 'eu gateway', command: process.execPath, args: ['-e', TALKS], env: {} }, logs);

  it('ends and blocks nothing where its folder is gone', async () => {
    const part = talker(path.join(dir, 'gone'));
    try {
      await part.start();
      expect(part.isRunning).toBe(true);
      expect(existsSync(part.logFile)).toBe(false);
    } finally {
      await part.stop();
    }
  });

  it('holds what the part said, and is closed with it', async () => {
    const part = talker(dir);
    await part.start();
    await part.stop();
    while (opened(part.logFile) > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(readFileSync(part.logFile).length).toBeGreaterThan(2 * MORE_THAN_A_PIPE);
  });
});

/** Descriptors of this process for a file, where the system lists them. */
function opened(file: string): number {
  const folder = '/proc/self/fd';
  if (!existsSync(folder)) return 0;
  return readdirSync(folder).filter((fd) => linkOf(path.join(folder, fd)) === file).length;
}

function linkOf(link: string): string | null {
  try {
    return readlinkSync(link);
  } catch {
    return null; // closed meanwhile
  }
}
