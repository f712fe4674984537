/** `npm run demo`: the set-up, then the demo with the same arguments. Servers that it is told to do without are not sought. */
import path from 'node:path';
import { DIST, ROOT } from './paths.mjs';
import { runInForeground } from './run.mjs';
import { fail, setUp } from './set-up.mjs';

const args = process.argv.slice(2);
const asksFor = (option, value) => args.includes(`${option}=${value}`) || args[args.indexOf(option) + 1] === value;
const servers = ['temporal'];
if (!asksFor('--store', 'filesystem')) servers.push('versitygw');
if (!asksFor('--registry', 'layout')) servers.push('registry');

const { env } = await setUp({ servers }).catch(fail);
process.exitCode = await runInForeground(process.execPath, [path.join(DIST, 'stack/demo.js'), ...args], {
  cwd: ROOT,
  env,
});
