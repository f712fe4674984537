/** `npm run bench`: the set-up, then the benches with the same arguments. */
import path from 'node:path';
import { DIST, ROOT } from './paths.mjs';
import { runInForeground } from './run.mjs';
import { fail, setUp } from './set-up.mjs';

const { env } = await setUp().catch(fail);
const main = path.join(DIST, 'bench/main.js');
process.exitCode = await runInForeground(process.execPath, [main, ...process.argv.slice(2)], { cwd: ROOT, env });
