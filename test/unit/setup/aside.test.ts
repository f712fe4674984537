import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const RUN = path.resolve(__dirname, '../../../stack/setup/run.mjs');
const LOOK_MS = 20;

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'meridian-aside-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A process that runs `code` aside and prints how it ended. */
function startAside(code: string) {
  const output = path.join(folder, 'output');
  const script = `import { runAside } from ${JSON.stringify(RUN)};
    const options = { output: ${JSON.stringify(output)} };
    console.log(await runAside(process.execPath, ['-e', ${JSON.stringify(code)}], options));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk) => (said += String(chunk)));
  return { child, ended: once(child, 'close').then(() => said.trim()), output };
}

async function written(file: string, text: string): Promise<void> {
  while (!existsSync(file) || !readFileSync(file, 'utf8').includes(text)) await pause(LOOK_MS);
}

describe('the set-up, running a command beside others,', () => {
  it('keeps all its output for later, and gives its exit code', async () => {
    const { ended, output } = startAside(`console.log('out'); console.error('err'); process.exitCode = 3;`);
    expect(await ended).toBe('3');
    expect(readFileSync(output, 'utf8').split('\n').sort()).toEqual(['', 'err', 'out']);
  });

  it('runs it at the lowest priority', async () => {
    const isLow = `os.getPriority() === ${constants.priority.PRIORITY_LOW}`;
    const { ended } = startAside(`setInterval(() => ${isLow} && process.exit(7), ${LOOK_MS});`);
    expect(await ended).toBe('7');
  });

  it('ends it with itself', async () => {
    const { child, ended, output } = startAside(`console.log('begun'); setInterval(() => undefined, 1_000);`);
    await written(output, 'begun');
    child.kill('SIGTERM');
    expect(await ended).toBe('130');
  });
});
