import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { DIST } from '../../stack/dist';

const PLAYED_MS = 30 * 60_000; // some four minutes where the computer is its own

const count = z.number().int().nonnegative();
const arm = z.strictObject({ requests: count, errors: count });
const step = z.strictObject({ weightPct: z.number(), verdict: z.string(), canary: arm, stable: arm });
const region = z.strictObject({
  id: z.enum(['eu-north', 'us-east', 'ap-south']),
  outcome: z.string().nullable(),
  phases: z.array(z.string()),
  bytesTotal: count.nullable(),
  bytesMoved: count.nullable(),
  replicateMs: z.number().nonnegative().nullable(),
  steps: z.array(step),
});
const promotion = z.strictObject({
  model: z.literal('fraud'),
  version: z.enum(['v1', 'v2', 'v3', 'v4', 'v5', 'v6']),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  epoch: count.positive(),
  outcome: z.enum(['live', 'rolled-back']),
  reason: z.strictObject({ kind: z.string(), text: z.string() }).nullable(),
  durationMs: z.number().positive(),
  timeToSafeMs: z.number().nonnegative().nullable(),
  regions: z.array(region),
});
const report = z.strictObject({
  servers: z.strictObject({
    temporal: z.string().min(1),
    objectStore: z.string().min(1),
    registry: z.string().min(1),
    runtime: z.string().min(1),
  }),
  setupMs: z.number().nonnegative(),
  readyMs: z.number().positive(),
  promotions: z.array(promotion),
  traffic: z.strictObject({
    requests: count.positive(),
    errors: count,
    errorsOnStable: count,
    errorsWhileDown: count,
    achievedPerSecond: z.number().positive(),
  }),
});

describe('the demo', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'meridian-seven-'));
  let demo: ChildProcess | undefined;
  afterEach(() => void demo?.kill('SIGKILL')); // one that was not over in its time; its parts end with it
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  /** As `npm run demo` starts it, on the parts that it chooses by itself. */
  function played(args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> {
    const started = spawn(process.execPath, [path.join(DIST, 'stack/demo.js'), ...args]);
    demo = started;
    let output = '';
    for (const stream of [started.stdout, started.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
    return new Promise((resolve) => started.once('close', (code) => resolve({ code, output })));
  }

  it(
    'does what each of its seven steps says, and writes what it measured',
    async () => {
      const file = path.join(dir, 'report.json');
      const { code, output } = await played(['--exit', '--report', file]);
      expect({ code, problems: output.split('\n').filter((line) => line.includes('NOT SO')) }).toEqual({
        ...{ code: 0, problems: [] },
      });
      expect(output).toContain('every step did what it says');
      const { promotions, traffic } = report.parse(JSON.parse(readFileSync(file, 'utf8')));
      expect(promotions.map(({ version, outcome, reason }) => [version, outcome, reason?.kind ?? null])).toEqual([
        ['v1', 'live', null],
        ['v2', 'live', null],
        ['v3', 'rolled-back', 'breach'],
        ['v4', 'rolled-back', 'validation'],
        ['v5', 'live', null],
        ['v6', 'rolled-back', 'aborted'],
      ]);
      expect(traffic.errorsOnStable).toBe(0);
    },
    PLAYED_MS,
  );
});
