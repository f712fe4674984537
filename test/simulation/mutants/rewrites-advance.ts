import type { Rewrites } from './rewrites';

const line = (rule: string, from: string, to: string) => ({ rule, rewrite: { under: 'workflows', from, to } });

/** Contract 2 and 3 once more: what may pass, what is refused, what is over in time. */
export const ADVANCE_REWRITES: Rewrites = {
  'a gate whose yes is waited for for ever': line(
    'contract 2: a gate dies with its expiry',
    'if (!inTime && expiry) turnBack(',
    'if (!inTime && !expiry) turnBack(',
  ),
  'an abort that is not shown': line(
    'contract 2: abort shows `aborting` at once',
    "board.phase = stuck > 0 ? 'stuck' : board.reason?.kind === 'aborted' ? 'aborting' : 'rolling-back';",
    "board.phase = stuck > 0 ? 'stuck' : 'rolling-back';",
  ),
  'a breach after which waves go on': line('contract 2: a breach before each advance', 'this.hooks.onRollBack();', ''),
  'a skip that takes everybody back': line(
    'contract 3: skip',
    "return outcome === 'skipped' || this.skips.has(region);",
    'return false;',
  ),
  'an abort after the commit': line(
    'contract 3: after the commit abort is refused',
    "return board.committed ? 'committed; use `meridian rollback`' : undefined;",
    'return undefined;',
  ),
  'a hotfix plan with a region that is not clean': line(
    'contract 3: hotfix leaves out the regions that are not clean',
    'return this.now.beside.flatMap(({ regions, unclean = regions }) => unclean);',
    'return this.now.beside.flatMap(({ unclean = [] }) => unclean).slice(0, 0);',
  ),
  'an experiment without its shares that goes on': line(
    'contract 3: invalid-experiment goes back to weight 0',
    "if (verdict.kind === 'invalid-experiment') {",
    "if (verdict.kind === 'invalid-experiment' && false) {",
  ),
  'an undo that gives up waiting for its region': line(
    'contract 3: undos have no schedule-to-close limit',
    "startToCloseTimeout: '5s',\n    retry: PROMPT_RETRY,",
    "startToCloseTimeout: '5s',\n    scheduleToCloseTimeout: '10s',\n    retry: PROMPT_RETRY,",
  ),
  'a superseded rollout that undoes its pointer': line(
    'contract 4: what it left is what the newer one found',
    "this.undos = this.undos.filter(({ activity }) => activity !== 'restoreRoute' && activity !== 'restorePointer');",
    '',
  ),
  'a lapse that is a breach': line(
    'contract 5: `lease` enters the step again',
    "case 'lease':\n      return { kind: 'again', blind: false, lapsed: true };",
    "case 'lease':\n      return { kind: 'reason', reason: { kind: 'breach', text: 'the lease lapsed' } };",
  ),
  'an order that waited and is carried out': line(
    'contract 5: an order that waited has to be given again',
    'scheduleToStartTimeout: patienceMs,',
    '',
  ),
};
