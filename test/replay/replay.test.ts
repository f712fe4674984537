import { readFileSync } from 'node:fs';
import { DefaultLogger, Runtime, Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { recordedHistories, type RecordedHistory } from '../support/histories';
import { CODE_PATH } from '../support/temporal';

beforeAll(() => Runtime.install({ logger: new DefaultLogger('ERROR') }));

const histories = recordedHistories();
const SCENARIOS = [
  ...'live breach validation approved rejected aborted held stuck proceeds'.split(' '),
  ...'superseded paused first fast-track late unreachable lapsed blind terminated many'.split(' '),
];
const OTHERS = [
  ...['modelLine continued', 'modelLine goes-on', 'modelLine terminated', 'registryWatch polled'],
  ...['surveyRegions many', 'startRollouts many', 'tellRollouts many'],
];
const PLACES = /\/(home|root|Users|tmp|work|opt|var)\/|node_modules|"identity"/; // who recorded it, and where

/** What went wrong for each history, by its name. */
async function replayed(workflowBundle: WorkflowBundleOption, which: readonly RecordedHistory[]) {
  const failures = new Map<string, string>();
  const names: string[] = [];
  const options = { workflowBundle, replayName: 'recorded' };
  for await (const { workflowId, error } of Worker.runReplayHistories(
    options,
    which.map((one) => one.read()),
  )) {
    names.push(workflowId);
    if (error) failures.set(workflowId, `${error.name}: ${error.message}`);
  }
  return { names: names.sort(), failures };
}

describe('recorded histories', () => {
  it('are there for each path', () => {
    const paths = new Set(
      histories.map(({ workflow, scenario }) => `${workflow} ${scenario.replace(/-(eu|ap)-.*/, '')}`),
    );
    for (const scenario of SCENARIOS) {
      expect(paths).toContain(`promotion ${scenario}`);
      expect(paths).toContain(`regionRollout ${scenario}`);
    }
    for (const other of OTHERS) expect(paths).toContain(other);
  });

  it('name no place on a computer', () => {
    const named = histories.filter(({ file }) => PLACES.test(readFileSync(file, 'utf8')));
    expect(named.map(({ name }) => name)).toEqual([]);
  });

  it('replay as they were recorded', async () => {
    const { names, failures } = await replayed({ codePath: CODE_PATH }, histories);
    expect(Object.fromEntries(failures)).toEqual({});
    expect(names).toEqual(histories.map(({ name }) => name).sort());
  });

  // Each leaves out one activity; if the bundle no longer has the text, the mutant has to be written anew.
  it.each([
    ['regionRollout', 'live-eu-north', /await reach\(\(\)\s*=>\s*act\.verify\(\{\s*freight\s*\}\)\);/],
    ['promotion', 'live', /await ledger\.waveStarted\(board\.wave, wave\);/],
    ['modelLine', 'continued', /Math\.max\(await control\.highestEpoch\(\{\s*model\s*\}\), seenEpoch\)/],
  ])('refuse a %s that was changed', async (workflow, scenario, text) => {
    const sound = readFileSync(CODE_PATH, 'utf8');
    const code = sound.replace(text, text.source.startsWith('Math') ? 'seenEpoch' : '');
    expect(code).not.toBe(sound);
    const which = histories.filter((one) => one.workflow === workflow && one.scenario === scenario);
    const { failures } = await replayed({ code }, which);
    expect([...failures.values()]).toEqual(
      which.map(() => expect.stringContaining('DeterminismViolationError') as string),
    );
    expect(which).not.toEqual([]);
  });
});
