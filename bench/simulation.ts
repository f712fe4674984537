import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { ShardOrder, ShardResult } from '../test/simulation/shard-runs';
import type { BenchRow } from './row';
import type { Scenario } from './scenario';
import { ownRow } from './statistics';

const SHARD = path.join(__dirname, '../../test/simulation/shard.js'); // from dist/bench: it reads the sources itself
const FLAGS = ['--max-semi-space-size=64']; // as the tests run it

export interface SimulationOptions {
  readonly runs: number; // seeds, shared out over all cores
  readonly note: (text: string) => void;
}

/** Seeded runs of line, promotion and three rollouts in a world of faults; start of the processes included. */
export async function simulationBench({ runs, note }: SimulationOptions): Promise<readonly BenchRow[]> {
  const cores = availableParallelism();
  const startedMs = performance.now();
  const shards = await Promise.all(
    Array.from({ length: cores }, (_, shard) => runShard({ first: 1 + shard, last: runs, step: cores })),
  );
  const seconds = (performance.now() - startedMs) / 1_000;
  const done = shards.reduce((sum, shard) => sum + shard.runs, 0);
  const cpuSeconds = shards.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / 1_000;
  const broken = shards.flatMap(({ findings }) => findings);
  if (broken.length > 0) throw new Error(`seed ${broken[0]?.seed} breaks a law: ${broken[0]?.broken.join('; ')}`);
  note(`${done} runs in ${seconds.toFixed(1)} s on ${cores} cores`);
  return [ownRow('simulated runs a second', done / seconds), ownRow('simulated runs a CPU second', done / cpuSeconds)];
}

async function runShard(order: ShardOrder): Promise<ShardResult> {
  const { stdout } = await promisify(execFile)(process.execPath, [...FLAGS, SHARD, JSON.stringify(order)], {
    maxBuffer: 256 * 1024 * 1024,
  });
  return JSON.parse(stdout) as ShardResult;
}

export const simulation: Scenario = {
  name: 'simulation',
  description: `seeded runs of the real workflows and activities (a line, a promotion, three rollouts, faults, operators) with every
law checked, as \`npm test\` runs them`,
  run: ({ short, note }) => simulationBench({ runs: short ? 200 : 10_000, note }),
};
