/** `npm run demo`: the set-up, then the demo with the same arguments. Servers that it is told to do without are not sought. */
import path from 'node:path';
import { demoArguments, HELP } from './demo-arguments.mjs';
import { DIST, ROOT } from './paths.mjs';
import { runInForeground } from './run.mjs';
import { fail, setUp } from './set-up.mjs';

const args = process.argv.slice(2);
const { help, store, registry } = readArguments();
if (help) {
  process.stdout.write(HELP);
  process.exit();
}
const servers = ['temporal'];
if (store !== 'filesystem') servers.push('versitygw');
if (registry !== 'layout') servers.push('registry');

const { env } = await setUp({ servers }).catch(fail);
process.exitCode = await runInForeground(process.execPath, [path.join(DIST, 'stack/demo.js'), ...args], {
  cwd: ROOT,
  env,
});

function readArguments() {
  try {
    return demoArguments(args);
  } catch (error) {
    process.stderr.write(`demo: ${error.message}\n  see: npm run demo -- --help\n`);
    process.exit(2);
  }
}
