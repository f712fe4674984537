/** `npm run setup`: all the set-up and nothing else. `--json` prints the servers that it chose. */
import { fail, setUp } from './set-up.mjs';

const { servers } = await setUp().catch(fail);
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(servers, null, 2)}\n`);
