import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT } from './paths.mjs';
import { runAside, runInForeground } from './run.mjs';

const JEST = path.join(ROOT, 'node_modules/jest/bin/jest.js');

/**
 * Runs Jest with its own output shown; with `output`, a file, beside others: at the lowest priority, its output in there.
 * @returns { passed, failed, skipped } tests. A file that could not run at all, and a Jest that ended without an account,
 * each count as one failure. What a failed test left open does not hold it up.
 */
export async function runJest(args, env = {}, output = undefined) {
  const folder = mkdtempSync(path.join(tmpdir(), 'meridian-jest-'));
  const account = path.join(folder, 'account.json');
  try {
    const all = [JEST, '--passWithNoTests', '--forceExit', '--json', `--outputFile=${account}`, ...args];
    const code = await (output ? runAside : runInForeground)(process.execPath, all, { cwd: ROOT, env, output });
    return countsOf(account, code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function countsOf(account, code) {
  try {
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests, numTodoTests } = JSON.parse(
      readFileSync(account, 'utf8'),
    );
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    const unsaid = code !== 0 && failed === 0 ? 1 : 0;
    return { passed: numPassedTests, failed: failed + unsaid, skipped: numPendingTests + numTodoTests };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
