import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { BenchRow } from './row';
import { keepRows, runAll } from './run-all';
import type { Scenario } from './scenario';
import type { Told } from './scenario-process';
import { SCENARIOS, scenarioOf } from './scenarios';
import { tableOf, wrapped } from './table';

const HELP = `npm run bench [-- scenario...] [-- --short] [--json FILE]

  --short      few runs: shows that the benches work, and proves nothing
  --json FILE  writes the rows after each scenario: { measure, ours, peers,
               ratioToBest, aim, met }; of one that failed: { failure }

A scenario that fails is a row of its own; the others still run, and the
exit code is 1.

Scenarios (default: all, one after the other):
${SCENARIOS.map(({ name, description }) => `\n${wrapped(`${name}: ${description}`, '  ')}\n`).join('')}`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'string' }, short: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) return void process.stdout.write(HELP);
  const chosen = positionals.length === 0 ? SCENARIOS : positionals.map(scenarioOf);
  const { json, short } = values;
  const run = (scenario: Scenario) => {
    process.stdout.write(`\n${wrapped(`${scenario.name}: ${scenario.description}`)}\n`);
    return runAlone(scenario, short ? 'short' : 'full');
  };
  const onRows = (own: readonly BenchRow[], all: readonly BenchRow[]) => {
    process.stdout.write(`\n${tableOf(own)}`);
    if (json !== undefined) keepRows(json, all);
  };
  const rows = await runAll({ scenarios: chosen, run, onRows });
  if (rows.some(({ failure }) => failure !== undefined)) process.exitCode = 1;
}

/** Runs a scenario in a process group of its own, so that nothing of it is left over, however it or this process ends. */
async function runAlone({ name }: Scenario, length: 'short' | 'full'): Promise<readonly BenchRow[]> {
  const child = fork(path.join(__dirname, 'scenario-process.js'), [name, length], { detached: true });
  let rows: readonly BenchRow[] | undefined;
  let failure: string | undefined;
  child.on('message', (told: Told) => {
    if (told.kind === 'note') process.stdout.write(`  ${told.text}\n`);
    else if (told.kind === 'failed') failure = told.text;
    else rows = told.rows;
  });
  const end = (signal: string) => {
    process.stderr.write(`${name} was ended by ${signal}\n`);
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  const told = once(child, 'disconnect'); // after the last message
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  await told;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.removeListener(signal, end);
  if (rows === undefined || code !== 0) throw new Error(failure ?? `it ended by ${signal ?? `code ${code}`}`);
  return rows;
}

main().catch((err: unknown) => {
  process.stderr.write(`${err instanceof Error ? err.message : String(err)}\n`);
  process.exitCode = 1;
});
