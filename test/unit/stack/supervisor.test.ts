import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { StackProcess } from '../../../stack/processes';
import { Supervisor } from '../../../stack/supervisor';

const SERVES = 'console.log(JSON.stringify({ ready: true })); setInterval(() => undefined, 1000)';

describe('the supervisor of a stack', () => {
  const logs = mkdtempSync(path.join(tmpdir(), 'meridian-supervisor-'));
  const said: string[] = [];
  let supervisor: Supervisor;
  let child: StackProcess;
  beforeEach(async () => {
    said.length = 0;
    supervisor = new Supervisor((line) => said.push(line));
    const spec = { name: 'eu gateway', command: process.execPath, args: ['-e', SERVES], env: {} };
    child = new StackProcess(spec, logs, {
      started: () => undefined,
      ended: (ended, _, how) => supervisor.ended(ended, how),
    });
    await child.start();
  });
  afterEach(async () => {
    supervisor.stop();
    await child.stop();
  });
  afterAll(() => rmSync(logs, { recursive: true }));

  const killed = (pid: number | undefined) => process.kill(pid ?? 0, 'SIGKILL');

  it('starts again what was killed, says so, and knows how long it was away', async () => {
    const before = child.pid;
    killed(before);
    while (supervisor.downtimes[0]?.toMs == null) await pause(20);
    expect(child.isRunning).toBe(true);
    expect(child.pid).not.toBe(before);
    expect(said[0]).toBe('eu gateway ended (SIGKILL); starting it again');
    expect(said[1]).toMatch(/^eu gateway serves again after \d+\.\d s$/);
    expect(supervisor.downtimes).toHaveLength(1);
  });

  it('leaves alone what was told to stop, and everything once it is stopped itself', async () => {
    await child.stop();
    expect(said).toEqual([]);
    await child.start();
    supervisor.stop();
    killed(child.pid);
    while (child.isRunning) await pause(20);
    expect(said).toEqual([]);
    expect(supervisor.downtimes).toEqual([]);
  });
});
