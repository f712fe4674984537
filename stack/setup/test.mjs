/**
 * `npm test`: the set-up, then every ring of tests; the simulation beside the last, at the lowest priority, for that
 * mostly waits. Arguments go to Jest, and then the rings run one after the other: `npm test -- test/unit/domain`,
 * `npm test -- --selectProjects e2e`. The last line is `N passed, N failed, N skipped`.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runJest } from './jest.mjs';
import { createProgress } from './progress.mjs';
import { fail, setUp } from './set-up.mjs';

const SIDE_BY_SIDE = ['unit', 'contract', 'replay'];
const [WORKFLOW, E2E, IN_BAND] = ['workflow', 'e2e', '--runInBand']; // their files start servers and measure time
const SIMULATION = 'simulation';
const SELECT = '--selectProjects';
const SIM_RUNS = '100000'; // seeded runs of the saga, as many as were run of this code; `npm run check` makes do with 20,000

const args = process.argv.slice(2);
const { servers, env } = await setUp().catch(fail);
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => (interrupted = true));
const all = { SIM_RUNS, ...env, ...(process.env.SIM_RUNS && { SIM_RUNS: process.env.SIM_RUNS }) };

const sum = { passed: 0, failed: 0, skipped: 0 };
if (args.includes(SELECT)) await ring(...args, IN_BAND);
else if (args.length > 0) await ringByRing();
else await ringsAndSimulation();
if (interrupted) process.exit(130);

for (const [name, { path: file, fallback, why }] of Object.entries(servers)) {
  if (!file) process.stdout.write(`\n${name}: none found, its suites are skipped (${fallback} was tested)\n${why}\n`);
}
process.stdout.write(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`);
process.exitCode = sum.failed > 0 || (process.env.CI && sum.skipped > 0) ? 1 : 0;

async function ring(...given) {
  if (!interrupted) count(await runJest(given, all));
}

async function ringByRing() {
  await ring(...args, SELECT, ...SIDE_BY_SIDE, SIMULATION);
  await ring(...args, SELECT, WORKFLOW, E2E, IN_BAND);
}

/** What the simulation says goes to a file, which is printed when the other rings and it have ended. */
async function ringsAndSimulation() {
  const folder = mkdtempSync(path.join(tmpdir(), 'meridian-simulation-'));
  const output = path.join(folder, 'output');
  try {
    await ring(SELECT, ...SIDE_BY_SIDE);
    await ring(SELECT, WORKFLOW, IN_BAND);
    if (interrupted) return;
    const aside = runJest([SELECT, SIMULATION], all, output);
    await ring(SELECT, E2E, IN_BAND);
    count(await createProgress().step(SIMULATION, () => aside));
    process.stdout.write(`\n${readFileSync(output, 'utf8')}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function count(counts) {
  for (const kind of Object.keys(sum)) sum[kind] += counts[kind];
}
