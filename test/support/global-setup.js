const { execFileSync } = require('node:child_process');
const path = require('node:path');

const NO_WORKFLOWS = ['contract']; // rings that start processes from dist/ and run no workflow

/** Brings dist/ and the workflow bundle up to date, so that no test runs yesterday's build. */
module.exports = function globalSetup(_, { displayName }) {
  const root = path.resolve(__dirname, '../..');
  const options = NO_WORKFLOWS.includes(displayName?.name) ? ['--no-bundle'] : [];
  execFileSync(process.execPath, [path.join(root, 'stack/build.mjs'), ...options], { cwd: root, stdio: 'inherit' });
};
