import type { Rewrites } from './rewrites';

const UNDER = 'workflows';
const line = (rule: string, from: string, to: string) => ({ rule, rewrite: { under: UNDER, from, to } });

/** Contract 2 and 4: the line, the promotion and what they tell each other. */
export const LANE_REWRITES: Rewrites = {
  'a line that is not held': line('contract 2: hold', 'if (held !== null) return `the line is held: ${held}`;', ''),
  'a freeze that stops nothing': line(
    'contract 2: freeze',
    "const freeze = offer.source === 'rollback' ?",
    'const freeze = offer.source !== undefined ?',
  ),
  'a no that changes nothing': line(
    'contract 2: reject',
    "controls.rollBack({ kind: 'rejected', text: `${actor} rejected ${gate}",
    "void ({ kind: 'rejected', text: `${actor} rejected ${gate}",
  ),
  'a resume that nobody hears': line(
    'contract 2: resume',
    'rollouts.tellAll(idsOf(board.open), contract.resumeSignal, { turn: board.turn });',
    '',
  ),
  'a yes for another plan': line(
    'contract 2: a yes dies with its plan hash',
    '{ planHash, digest: plan.freight.digest } : {}',
    '{} : {}',
  ),
  'a yes for another epoch': line(
    'contract 2: a yes dies with its epoch',
    'const expected = { promotion: id, verb,',
    'const expected = { promotion: undefined as never, verb,',
  ),
  'a line that looks after nobody': line(
    'contract 2: the line looks at its promotion once a minute',
    'if (!inTime) await lookAround();',
    '',
  ),
  'a terminated promotion whose rollouts go on': line(
    'contract 2: rollBack to all rollouts of a promotion that is gone',
    'for (const id of unaware) if (await tellRollout(id, rollBackSignal, { reason })) this.told.add(id);',
    '',
  ),
  'a lane that is free before its rollouts have ended': line(
    'contract 2: the line takes the reports of a promotion that is gone',
    'if (this.isOver(epoch, left)) await',
    'if (left.ends.length >= 0) await',
  ),
  'a second promotion in one lane': line(
    'contract 4: one lane',
    "case 'queue':\n        return",
    "case 'queue':\n        this.book.setAside(current, []);\n        return",
  ),
  'an offer recorded after an await': line(
    'contract 4: recorded before the first await',
    'const folded = book.take(offer); // recorded before the first await\n',
    'const folded = new LineBook(book.state).take(offer);\n    await condition(() => false, 2_000);\n    if (!folded) book.change({ queue: [...book.state.queue, offer] });\n',
  ),
  'a line that continues before it has answered': line(
    'contract 4: continues when all handlers have finished',
    'await condition(() => allHandlersFinished() || mayStart());\n    if (!allHandlersFinished()) return;',
    '',
  ),
  'a start before it is written down': line(
    'contract 4: epoch, current and start in one task',
    'book.begin(current);',
    'await condition(() => false, 100);\n    book.begin(current);',
  ),
  'a line that begins at epoch 1': line(
    'contract 4: a new line begins above the manifest',
    'Math.max(await control.highestEpoch({ model }), seenEpoch)',
    '0',
  ),
  'a line that does not ask the regions': line(
    'contract 4: a new line begins above every region',
    'Math.max(await control.highestEpoch({ model }), seenEpoch)',
    'await control.highestEpoch({ model })',
  ),
  'a terminated promotion that stays under way': line(
    'S14: its end is recorded by the line',
    'await ledger.terminated(promoted, ended);',
    '',
  ),
  'a terminated promotion that is always taken back': line(
    'S14: what was committed is live',
    "const live = ends.filter((end) => end === 'live').length;",
    'const live = 0;',
  ),
  'a start whose plan nobody compares': line(
    'contract 7: changed meanwhile -> PlanChanged',
    'const shown = starter?.planHash || offer.planHash;',
    'const shown = offer.planHash;',
  ),
  'a stale epoch that is denied': line(
    'contract 4: a stale epoch is tried again above what was seen',
    "else if (isStale && (reason?.kind ?? 'fault') === 'fault')",
    'else if (staleEpoch === 0)',
  ),
  'an aborted promotion that a stale epoch starts again': line(
    'contract 4: denied is every digest whose promotion did not end live',
    "else if (isStale && (reason?.kind ?? 'fault') === 'fault')",
    'else if (isStale)',
  ),
  'an abort that a fault outlives': line(
    'contract 2: an answered abort is the end of it',
    "if (isUnderWay && (reason.kind !== 'aborted' || board.reason?.kind !== 'fault')) return;",
    'if (isUnderWay) return;',
  ),
  'a version that comes back after a rollback from it': line(
    'contract 4: what a person rolled back from is denied',
    "if (source !== 'rollback' || left === null || left === digest) return;",
    'return;',
  ),
};
