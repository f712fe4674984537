import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { ShardOrder, ShardResult } from './shard-runs';

const SHARD = path.join(__dirname, 'shard.js');
// Most of what a run makes is garbage at its end: a large nursery collects it in few, cheap rounds.
const FLAGS = ['--max-semi-space-size=64'];

export function runShard(order: ShardOrder): Promise<ShardResult> {
  return new Promise((resolve, reject) => {
    const limits = { maxBuffer: 256 * 1024 * 1024 };
    execFile(process.execPath, [...FLAGS, SHARD, JSON.stringify(order)], limits, (err, stdout, stderr) => {
      if (err) reject(new Error(`a shard of the simulation failed: ${stderr}`));
      else resolve(JSON.parse(stdout) as ShardResult);
    });
  });
}

/** Runs seeds `first..last` over all cores. */
export async function runShards(
  first: number,
  last: number,
  more: Pick<ShardOrder, 'variant'> = {},
): Promise<readonly ShardResult[]> {
  const step = availableParallelism();
  const orders = Array.from({ length: step }, (_, shard) => ({ first: first + shard, last, step, ...more }));
  return Promise.all(orders.map(runShard));
}
