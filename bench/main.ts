import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { BenchRow } from './row';
import type { Scenario } from './scenario';
import type { Told } from './scenario-process';
import { SCENARIOS, scenarioOf } from './scenarios';
import { tableOf, wrapped } from './table';

const HELP = `npm run bench [-- scenario...] [-- --short] [--json FILE]

  --short      few runs: shows that the benches work, and proves nothing
  --json FILE  writes the rows: { measure, ours, peers, ratioToBest, aim, met }

Scenarios (default: all, one after the other):
${SCENARIOS.map(({ name, description }) => `\n${wrapped(`${name}: ${description}`, '  ')}\n`).join('')}`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'string' }, short: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) return void process.stdout.write(HELP);
  const chosen = positionals.length === 0 ? SCENARIOS : positionals.map(scenarioOf);
  const rows: BenchRow[] = [];
  for (const scenario of chosen) {
    const length = values.short ? 'short' : 'full';
    process.stdout.write(`\n${wrapped(`${scenario.name}: ${scenario.description}`)}\n`);
    const own = await runAlone(scenario, length);
    process.stdout.write(`\n${tableOf(own)}`);
    rows.push(...own);
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
}

/** Runs a scenario in a process group of its own, so that nothing of it is left over, however it or this process ends. */
async function runAlone({ name }: Scenario, length: 'short' | 'full'): Promise<readonly BenchRow[]> {
  const child = fork(path.join(__dirname, 'scenario-process.js'), [name, length], { detached: true });
  let rows: readonly BenchRow[] | undefined;
  child.on('message', (told: Told) => {
    if (told.kind === 'note') process.stdout.write(`  ${told.text}\n`);
    else rows = told.rows;
  });
  const end = (signal: string) => {
    process.stderr.write(`${name} was ended by ${signal}\n`);
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  const [code] = (await once(child, 'exit')) as [number | null];
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.removeListener(signal, end);
  if (rows === undefined || code !== 0) throw new Error(`${name} ended with ${code} and without numbers`);
  return rows;
}

main().catch((err: unknown) => {
  process.stderr.write(`${err instanceof Error ? err.message : String(err)}\n`);
  process.exitCode = 1;
});
