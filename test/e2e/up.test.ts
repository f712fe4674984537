import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Operator } from '../../stack/demo/cli';
import { DIST } from '../../stack/dist';
import type { StackLayout } from '../../stack/layout';
import { processNames } from '../../stack/places';
import { until } from '../support/stack-promotion';

const START_MS = 150_000;

describe('the embedded stack', () => {
  const data = mkdtempSync(path.join(tmpdir(), 'meridian-up-'));
  let stack: ChildProcess;
  let output: string;
  beforeEach(async () => {
    await start();
  }, START_MS);
  afterEach(async () => {
    stack.kill('SIGKILL');
    await until('the end of its processes', left, (pids) => pids.length === 0);
  }, 60_000);
  afterAll(() => rmSync(data, { recursive: true, force: true }));

  it('starts a part again that was killed, and leaves no process behind on Ctrl-C', async () => {
    const parts = await left();
    expect(parts.length).toBeGreaterThanOrEqual(processNames(layout()).length);
    const gateway = parts.find(({ command }) => command.includes('serving/gateway'));
    if (!gateway) throw new Error('there is no gateway');
    process.kill(gateway.pid, 'SIGKILL');
    await until('its return', said, (text) => /gateway ended \(SIGKILL\)[^]*gateway serves again/.test(text));
    expect(await left()).toHaveLength(parts.length);

    const ended = new Promise((resolve) => stack.once('exit', resolve));
    stack.kill('SIGINT');
    expect(await ended).toBe(0);
    await until('the end of its processes', left, (pids) => pids.length === 0);
  }, 120_000);

  it('leaves no process behind when it is killed itself, and goes on with what it had when started again', async () => {
    const digest = await firstVersion();
    const fleet = applied();
    stack.kill('SIGKILL');
    await until('the end of its processes', left, (pids) => pids.length === 0);
    await start();
    expect(readFileSync(path.join(data, 'config/fleet.yaml'), 'utf8')).toBe(fleet);
    for (const { gateways } of layout().regions) {
      const url = `http://127.0.0.1:${gateways[0]?.port}/v2/models/fraud`;
      const served = async () => (await fetch(url)).headers.get('x-model-version');
      expect(await until('a version served', served, (version) => version !== null)).toBe(digest);
    }
    expect(output).toContain('meridian rollback fraud'); // hints for a stack that has a version
  }, 300_000);

  it('is refused with other parts than it was laid out with', async () => {
    const { store } = layout().choices;
    const other = store === 's3' ? 'filesystem' : 's3';
    const asked = spawn(process.execPath, [path.join(DIST, 'stack/up.js'), '--data', data, '--store', other]);
    let told = '';
    asked.stderr.on('data', (chunk) => (told += String(chunk)));
    expect(await new Promise((resolve) => asked.once('close', resolve))).toBe(1);
    expect(told).toContain(`was laid out with --store ${store}`);
  }, 120_000);

  async function start(): Promise<void> {
    output = '';
    stack = spawn(process.execPath, [path.join(DIST, 'stack/up.js'), '--data', data]);
    for (const stream of [stack.stdout, stack.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
    await until('the greeting', said, (text) => text.includes('In another terminal'), START_MS - 10_000);
  }

  function layout(): StackLayout {
    return JSON.parse(readFileSync(path.join(data, 'layout.json'), 'utf8')) as StackLayout;
  }

  /** As the hints say: push, then promote by digest. */
  async function firstVersion(): Promise<string> {
    const made = execFileSync(process.execPath, [path.join(DIST, 'stack/models/build.js')], { encoding: 'utf8' });
    const folder = path.join((JSON.parse(made) as { folder: string }).folder, 'v1');
    const { ports, apiPort, choices, dir } = layout();
    const registry = choices.registry === 'layout' ? path.join(dir, 'registry') : `http://127.0.0.1:${ports.registry}`;
    const ada = { id: 'ada', roles: [], keyFile: path.join(data, 'secrets/ada.key') };
    const operator = new Operator(`http://127.0.0.1:${apiPort}`);
    const { digest } = await operator.meridian<{ digest: string }>(['push', folder, '--registry', registry]);
    const urls = layout().regions.map(({ id, gateways }) => [id, `http://127.0.0.1:${gateways[0]?.port}`]);
    const gateways = JSON.stringify(Object.fromEntries(urls));
    const traffic = spawn(process.execPath, [
      path.join(DIST, 'stack/traffic.js'),
      '--rate',
      '50',
      '--gateways',
      gateways,
    ]);
    traffic.stdout.resume();
    try {
      await operator.meridian(['promote', 'fraud', digest, '--yes'], ada);
      const rows = async () => (await operator.meridian<{ line: { live: string | null } }>(['status', 'fraud'])).line;
      await until('v1 live', rows, (line) => line?.live === digest);
      return digest;
    } finally {
      traffic.kill('SIGKILL');
    }
  }

  /** The fleet as a person changed it: a slower link. */
  function applied(): string {
    const file = path.join(data, 'config/fleet.yaml');
    const changed = readFileSync(file, 'utf8').replaceAll(/"mbps": \d+/g, '"mbps": 500');
    writeFileSync(file, changed);
    return changed;
  }

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
