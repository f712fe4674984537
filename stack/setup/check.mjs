/** `npm run check`: format, lint, types, workflow bundle, unit tests and simulation. Each runs even if one before it fails. */
import path from 'node:path';
import { build, told } from '../build.mjs';
import { installDependencies, requireNode } from './dependencies.mjs';
import { runJest } from './jest.mjs';
import { ROOT } from './paths.mjs';
import { createProgress } from './progress.mjs';
import { run } from './run.mjs';
import { fail } from './set-up.mjs';

const SIM_RUNS = '20000';
const tool =
  (file, ...args) =>
  () =>
    run(process.execPath, [path.join(ROOT, 'node_modules', file), ...args], { cwd: ROOT });
const STEPS = {
  format: tool('prettier/bin/prettier.cjs', '--check', '.'),
  lint: tool('eslint/bin/eslint.js', '.'),
  types: tool('typescript/bin/tsc', '--noEmit', '-p', '.'),
  bundle: async (say) => say(told(await build())),
};

const progress = createProgress();
const failed = [];
try {
  requireNode();
  await progress.step('packages', installDependencies);
} catch (error) {
  fail(error);
}
for (const [name, work] of Object.entries(STEPS)) {
  try {
    await progress.step(name, work);
  } catch (error) {
    failed.push(name);
    progress.note(error.message);
  }
}
const tests = await runJest(['--selectProjects', 'unit', 'simulation'], { SIM_RUNS: process.env.SIM_RUNS ?? SIM_RUNS });
if (tests.failed > 0) failed.push(`${tests.failed} tests`);
progress.note(failed.length > 0 ? `check: failed: ${failed.join(', ')}` : 'check: all is well');
process.exitCode = failed.length > 0 ? 1 : 0;
