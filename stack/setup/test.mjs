/**
 * `npm test`: the set-up, then every ring of tests. Arguments go to Jest: `npm test -- test/unit/domain`,
 * `npm test -- --selectProjects e2e`. The last line is `N passed, N failed, N skipped`.
 */
import { runJest } from './jest.mjs';
import { fail, setUp } from './set-up.mjs';

const SIDE_BY_SIDE = ['unit', 'contract', 'replay', 'simulation'];
const ONE_BY_ONE = ['workflow', 'e2e']; // their files start servers and measure time
const SELECT = '--selectProjects';
const SIM_RUNS = '40000'; // seeded runs of the saga; `SIM_RUNS=200000 npm test` runs more, `npm run check` makes do with 20,000

const args = process.argv.slice(2);
const { servers, env } = await setUp().catch(fail);
const rings = args.includes(SELECT)
  ? [[...args, '--runInBand']]
  : [
      [...args, SELECT, ...SIDE_BY_SIDE],
      [...args, SELECT, ...ONE_BY_ONE, '--runInBand'],
    ];

const sum = { passed: 0, failed: 0, skipped: 0 };
for (const ring of rings) {
  const counts = await runJest(ring, {
    SIM_RUNS,
    ...env,
    ...(process.env.SIM_RUNS && { SIM_RUNS: process.env.SIM_RUNS }),
  });
  for (const kind of Object.keys(sum)) sum[kind] += counts[kind];
}

for (const [name, { path, fallback, why }] of Object.entries(servers)) {
  if (!path) process.stdout.write(`\n${name}: none found, its suites are skipped (${fallback} was tested)\n${why}\n`);
}
process.stdout.write(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`);
process.exitCode = sum.failed > 0 || (process.env.CI && sum.skipped > 0) ? 1 : 0;
