import { renameSync, writeFileSync } from 'node:fs';
import type { BenchRow } from './row';

export interface Runs<S> {
  readonly scenarios: readonly S[];
  run(scenario: S): Promise<readonly BenchRow[]>;
  /** Hears the rows of all scenarios so far, after each. @param own those of the last one */
  onRows(own: readonly BenchRow[], all: readonly BenchRow[]): void;
}

/** Runs scenarios one after the other. One that throws becomes a row that says so, and the others still run. */
export async function runAll<S extends { readonly name: string }>(runs: Runs<S>): Promise<readonly BenchRow[]> {
  const { scenarios, run, onRows } = runs;
  const all: BenchRow[] = [];
  for (const scenario of scenarios) {
    const own = await run(scenario).catch((err: unknown) => [failedRow(scenario.name, err)]);
    all.push(...own);
    onRows(own, all);
  }
  return all;
}

/** A scenario that ended without numbers. Pure. */
export function failedRow(name: string, err: unknown): BenchRow {
  const failure = err instanceof Error ? err.message : String(err);
  return { measure: `${name}: failed`, ours: null, peers: {}, ratioToBest: null, aim: null, met: false, failure };
}

/** Writes the rows so far; whoever reads finds a whole file at any moment. */
export function keepRows(file: string, rows: readonly BenchRow[]): void {
  const half = `${file}.${process.pid}.part`;
  writeFileSync(half, `${JSON.stringify(rows, null, 2)}\n`);
  renameSync(half, file);
}
