import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DIST } from '../../stack/dist';
import { until } from '../support/stack-promotion';

describe('the embedded stack', () => {
  const data = mkdtempSync(path.join(tmpdir(), 'meridian-up-'));
  let stack: ChildProcess;
  let output: string;
  beforeEach(async () => {
    output = '';
    stack = spawn(process.execPath, [path.join(DIST, 'stack/up.js'), '--data', data]);
    for (const stream of [stack.stdout, stack.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
    await until('the greeting', said, (text) => text.includes('In another terminal'));
  }, 120_000);
  afterEach(async () => {
    stack.kill('SIGKILL');
    await until('the end of its processes', left, (pids) => pids.length === 0);
  }, 60_000);
  afterAll(() => rmSync(data, { recursive: true, force: true }));

  it('starts a part again that was killed, and leaves no process behind on Ctrl-C', async () => {
    const parts = await left();
    expect(parts.length).toBeGreaterThan(15);
    const gateway = parts.find(({ command }) => command.includes('serving/gateway'));
    process.kill(gateway?.pid ?? 0, 'SIGKILL');
    await until('its return', said, (text) => /gateway ended \(SIGKILL\)[^]*gateway serves again/.test(text));
    expect(await left()).toHaveLength(parts.length);

    const ended = new Promise((resolve) => stack.once('exit', resolve));
    stack.kill('SIGINT');
    expect(await ended).toBe(0);
    await until('the end of its processes', left, (pids) => pids.length === 0);
  }, 120_000);

  it('leaves no process behind when it is killed itself, and goes on with what it had when started again', async () => {
    stack.kill('SIGKILL');
    await until('the end of its processes', left, (pids) => pids.length === 0);
    stack = spawn(process.execPath, [path.join(DIST, 'stack/up.js'), '--data', data]);
    output = '';
    for (const stream of [stack.stdout, stack.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
    await until('the greeting', said, (text) => text.includes('In another terminal'));
  }, 180_000);

  async function said(): Promise<string> {
    return Promise.resolve(output);
  }

  /** The processes that were started for this data directory: its path is in their arguments or their environment. */
  async function left(): Promise<readonly { readonly pid: number; readonly command: string }[]> {
    const found = [];
    for (const entry of readdirSync('/proc')) {
      if (!/^\d+$/.test(entry) || Number(entry) === stack.pid) continue;
      const read = (name: string) => {
        try {
          return readFileSync(`/proc/${entry}/${name}`, 'utf8').replaceAll('\0', ' ');
        } catch {
          return ''; // it has ended meanwhile
        }
      };
      const command = read('cmdline');
      if (command.includes(data) || read('environ').includes(data)) found.push({ pid: Number(entry), command });
    }
    return Promise.resolve(found);
  }
});
