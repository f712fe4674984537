import { MUTANTS } from './mutants';
import { simulate } from './simulate';
import type { Options } from './world';
import { Coverage } from './world/coverage';

export interface ShardOrder {
  readonly first: number;
  readonly last: number;
  readonly step: number; // every so manyth seed
  readonly mutant?: string;
  readonly variant?: string; // of variants.ts
  readonly trace?: boolean;
}
export interface Finding {
  readonly seed: number;
  readonly broken: readonly string[];
  readonly trace: readonly string[];
}
export interface ShardResult {
  readonly runs: number;
  readonly cpuMs: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly hits: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[]; // at most 40
}

const ENOUGH = 40; // findings

/** Runs a shard's seeds one after the other, a mutant's only until it is found; all of them only while it is `wanted`. */
export async function runShard(
  { first, last, step, mutant, trace }: ShardOrder,
  wanted: () => boolean,
): Promise<ShardResult> {
  Error.stackTraceLimit = trace ? 10 : 0; // most runs throw, and nobody reads the stacks
  const options: Options = { ...(mutant === undefined ? {} : MUTANTS[mutant]?.options), ...(trace && { trace }) };
  if (mutant !== undefined) MUTANTS[mutant]?.install?.();
  const coverage = new Coverage();
  const outcomes: Record<string, number> = {};
  const findings: Finding[] = [];
  const startedCpu = process.cpuUsage();
  let runs = 0;
  const enough = mutant === undefined || trace ? ENOUGH : 1;
  for (let seed = first; seed <= last && findings.length < enough && wanted(); seed += step) {
    const run = await simulate(seed, options, coverage);
    runs++;
    for (const { id, outcome } of run.outcomes) {
      const cell = `${id.slice(0, id.indexOf('/'))} ${outcome}`;
      outcomes[cell] = (outcomes[cell] ?? 0) + 1;
    }
    if (run.broken.length > 0 || trace) findings.push({ seed, broken: run.broken, trace: run.trace });
  }
  const cpu = process.cpuUsage(startedCpu);
  return { runs, cpuMs: (cpu.user + cpu.system) / 1_000, outcomes, hits: coverage.all(), findings };
}
