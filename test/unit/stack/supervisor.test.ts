import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { StackProcess, type ProcessSpec } from '../../../stack/processes';
import { Supervisor } from '../../../stack/supervisor';
import { never } from '../../support/freight';
import { VirtualClock } from '../../support/virtual-clock';

const READY = 'console.log(JSON.stringify({ ready: true }))';
const STAYS = 'setInterval(() => undefined, 1000)';
const SERVES = `${READY}; ${STAYS}`;
const LONG_MS = 15_000; // of serving, after which an end is a new one

/** One start of a part; what is not said is as of a part that serves at once. */
type Start = Partial<Pick<ProcessSpec, 'command' | 'ready' | 'readyMs'>> & { readonly script?: string };

/** A part that is started each time in another way, and from the last of them on as it was at first. */
class Part implements ProcessSpec {
  readonly name = 'eu gateway';
  readonly env = {};
  starts = 0;

  constructor(private readonly ways: readonly Start[]) {}

  get command(): string {
    this.starts++;
    return this.way.command ?? process.execPath;
  }
  get args(): readonly string[] {
    return ['-e', this.way.script ?? SERVES];
  }
  get ready(): ProcessSpec['ready'] {
    return this.way.ready;
  }
  get readyMs(): number {
    return this.way.readyMs ?? 60_000;
  }
  private get way(): Start {
    return this.ways[this.starts - 1] ?? {};
  }
}

/** Time that passes only while somebody sleeps; what the supervisor waited for is written down. */
class NotingClock extends VirtualClock {
  readonly pauses: number[] = [];

  override async sleep(ms: number, signal: AbortSignal): Promise<void> {
    this.pauses.push(ms);
    return super.sleep(ms, signal);
  }
  passes(ms: number): Promise<void> {
    return super.sleep(ms, never);
  }
}

describe('the supervisor of a stack', () => {
  const logs = mkdtempSync(path.join(tmpdir(), 'meridian-supervisor-'));
  const said: string[] = [];
  let clock: NotingClock;
  let supervisor: Supervisor;
  let part: Part;
  let child: StackProcess;

  /** A part that serves, and whose later starts are these. */
  async function supervised(...later: readonly Start[]): Promise<void> {
    part = new Part([{}, ...later]);
    child = new StackProcess(part, logs, {
      started: () => undefined,
      ended: (ended, _, how) => supervisor.ended(ended, how),
    });
    await child.start();
  }
  beforeEach(() => {
    said.length = 0;
    clock = new NotingClock();
    supervisor = new Supervisor((line) => said.push(line), clock);
  });
  afterEach(async () => {
    supervisor.stop();
    await child.stop();
  });
  afterAll(() => rmSync(logs, { recursive: true }));

  const killed = () => {
    if (child.pid === undefined) throw new Error('there is no process'); // 0 would be this one's own group
    process.kill(child.pid, 'SIGKILL');
  };
  const until = async (holds: () => boolean) => {
    while (!holds()) await pause(10);
  };
  const serves = (times = 1) => until(() => supervisor.downtimes.filter(({ toMs }) => toMs !== null).length === times);
  const isThere = (pid: number) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  it('starts again what was killed, says so, and knows how long it was away', async () => {
    await supervised();
    const before = child.pid;
    killed();
    await serves();
    expect(child.isRunning).toBe(true);
    expect(child.pid).not.toBe(before);
    expect(said).toEqual(['eu gateway ended (SIGKILL); starting it again', 'eu gateway serves again after 0.3 s']);
    expect(supervisor.downtimes).toEqual([{ name: 'eu gateway', fromMs: 0, toMs: 250 }]);
  });

  it('takes a part for away until it serves, however late that is', async () => {
    let listens: () => void = () => undefined;
    await supervised({ script: STAYS, ready: () => new Promise((resolve) => (listens = resolve)) });
    killed();
    await until(() => part.starts === 2 && child.isRunning);
    await clock.passes(10_000);
    expect(supervisor.downtimes).toMatchObject([{ toMs: null }]);
    expect(said).toHaveLength(1);
    listens();
    await serves();
    expect(supervisor.downtimes).toMatchObject([{ fromMs: 0, toMs: 10_250 }]);
    expect(part.starts).toBe(2);
  });

  it('ends a part that does not get ready in its time, and starts it anew', async () => {
    let late = 0;
    const ready = () => new Promise<never>(() => void (late = child.pid ?? 0));
    await supervised({ script: STAYS, ready, readyMs: 100 });
    killed();
    await serves();
    expect(isThere(late)).toBe(false);
    expect(said[1]).toBe(`eu gateway did not get ready in 100 ms; its log: ${child.logFile}`);
    expect(supervisor.downtimes).toHaveLength(1);
  });

  it('waits twice as long each time for what ends before it serves, and counts that as once away', async () => {
    const ends = { script: 'process.exit(3)' };
    await supervised(ends, { command: path.join(logs, 'no-such-program') }, ends);
    killed();
    await serves();
    expect(clock.pauses).toEqual([250, 500, 1_000, 2_000]);
    expect(supervisor.downtimes).toEqual([{ name: 'eu gateway', fromMs: 0, toMs: 3_750 }]);
    expect(said.slice(1, 4)).toEqual([
      `eu gateway ended (3); its log: ${child.logFile}`,
      expect.stringMatching(/^eu gateway could not be started: .+ENOENT$/),
      `eu gateway ended (3); its log: ${child.logFile}`,
    ]);
    expect(said).toHaveLength(5);
  });

  it('waits longer each time, up to a bound, for what ends as soon as it serves', async () => {
    await supervised();
    for (let times = 1; times <= 8; times++) {
      killed();
      await serves(times);
    }
    expect(clock.pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
    await clock.passes(LONG_MS);
    killed();
    await serves(9);
    expect(clock.pauses.at(-1)).toBe(250);
  });

  it('leaves alone what was told to stop, and everything once it is stopped itself', async () => {
    await supervised();
    await child.stop();
    expect(said).toEqual([]);
    await child.start();
    supervisor.stop();
    killed();
    await until(() => !child.isRunning);
    expect(said).toEqual([]);
    expect(supervisor.downtimes).toEqual([]);
  });

  it('leaves alone what is told to stop while it is away', async () => {
    await supervised();
    supervisor = new Supervisor(() => void child.stop(), clock);
    killed();
    await until(() => clock.pauses.length === 1);
    await clock.passes(LONG_MS);
    expect(part.starts).toBe(1);
  });

  it('leaves alone what is told to stop as it comes back', async () => {
    await supervised({ script: STAYS });
    killed();
    await until(() => part.starts === 2 && child.isRunning);
    await child.stop();
    await clock.passes(LONG_MS);
    expect(part.starts).toBe(2);
    expect(said).toHaveLength(1);
  });
});
