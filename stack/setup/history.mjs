/**
 * `npm run history:save`: plays every path of the workflows on a real server and keeps their histories in test/replay/histories.
 * Files are added, never edited: one of this month that is to be recorded anew has to be deleted first.
 */
import { runJest } from './jest.mjs';
import { fail, setUp } from './set-up.mjs';

const { env } = await setUp().catch(fail);
const { failed } = await runJest(['--selectProjects', 'record', '--runInBand'], env);
process.exitCode = failed > 0 ? 1 : 0;
