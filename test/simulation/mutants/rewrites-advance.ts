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
    "board.phase = stuck > 0 ? 'stuck' : reason.kind === 'aborted' ? 'aborting' : 'rolling-back';",
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
  'a last look that takes any answer for healthy': line(
    'contract 3: any other answer rolls back',
    "if (outcome.kind === 'verdict' && outcome.verdict.kind === 'healthy') return null;",
    "if (outcome.kind === 'verdict' && outcome.verdict.kind !== 'regressed') return null;",
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
  'a window that takes nobody back': line(
    'contract 3: rollBack at the deadline',
    "case 'rollBack':\n        turnBack({ kind: 'deadline', text });\n",
    "case 'rollBack':\n",
  ),
  'a window that leaves nobody out': line(
    'contract 3: proceed at the deadline',
    "for (const { region } of late) leaveOut([board, rollouts], region, { kind: 'deadline', text });",
    '',
  ),
  'an undo that gives up waiting for its region': line(
    'contract 3: undos have no schedule-to-close limit',
    "startToCloseTimeout: '5s',\n    retry: PROMPT_RETRY,",
    "startToCloseTimeout: '5s',\n    scheduleToCloseTimeout: '10s',\n    retry: PROMPT_RETRY,",
  ),
  'a straggler that rolls back what a newer epoch found': line(
    'contract 3: superseded',
    "if (type === 'StaleEpoch' || type === 'Superseded') return",
    "if (type === 'Superseded') return",
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
  'a restore by the region that is no breach': line(
    'contract 5: `restore` is a breach',
    "case 'restore':\n      return { kind: 'reason', reason: { kind: 'breach', text: 'the region restored its route by itself' } };",
    "case 'restore':\n      return { kind: 'again', blind: false, counts: false };",
  ),
  'an order that waited and is carried out': line(
    'contract 5: an order that waited has to be given again',
    'scheduleToStartTimeout: patienceMs,',
    '',
  ),
  'a pointer that is moved before its undo is registered': line(
    'S8: undo before effect',
    "saga.onRollback({ name: 'restore pointer', activity: 'restorePointer', input: { model, found } });\n    await reach(() => act.point({ model, stamp: stamp(), freight, found, keepPrevious }));",
    "await reach(() => act.point({ model, stamp: stamp(), freight, found, keepPrevious }));\n    saga.onRollback({ name: 'restore pointer', activity: 'restorePointer', input: { model, found } });",
  ),
};
