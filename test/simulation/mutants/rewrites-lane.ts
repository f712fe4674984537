import type { Rewrites } from './rewrites';

const UNDER = 'workflows';
const line = (rule: string, from: string, to: string) => ({ rule, rewrite: { under: UNDER, from, to } });

/** Contract 2 and 4: the line, the promotion and what they tell each other. */
export const LANE_REWRITES: Rewrites = {
  'a line that is not held': line('contract 2: hold', 'if (held !== null) return `the line is held: ${held}`;', ''),
  'a freeze that stops nothing': line(
    'contract 2: freeze',
    "return offer.source !== 'rollback' && isFrozen() ?",
    'return offer.source === undefined ?',
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
    'if (!inTime) await care.look();',
    '',
  ),
  'a terminated promotion whose rollouts go on': line(
    'contract 2: rollBack to all rollouts of a promotion that is gone',
    'await Promise.all(open.map((id) => tellRollout(id, rollBackSignal, { reason })));',
    'void open;',
  ),
  'a lane that is free before its rollouts have ended': line(
    'contract 2: the line takes the reports of a promotion that is gone',
    'if (open.length === 0) return true;',
    'if (open.length >= 0) return true;',
  ),
  'a second promotion in one lane': line(
    'contract 4: one lane',
    "case 'queue':\n        return",
    "case 'queue':\n        book.setAside(current, []);\n        return",
  ),
  'an offer recorded after an await': line(
    'contract 4: recorded before the first await',
    'const folded = book.take(offer); // recorded before the first await\n    if (folded) return folded;',
    'const folded = new LineBook(book.state).take(offer);\n    await sleep(2_000);\n    if (folded) return folded;\n    book.change({ queue: [...book.state.queue, offer] });',
  ),
  'a line that continues before it has answered': line(
    'contract 4: continues when all handlers have finished',
    'await condition(() => allHandlersFinished() || mayStart());\n    if (!allHandlersFinished()) return;',
    '',
  ),
  'a start before it is written down': line(
    'contract 4: epoch, current and start in one task',
    'book.begin({ id, epoch, offer,',
    'await sleep(100);\n    book.begin({ id, epoch, offer,',
  ),
  'a line that begins at epoch 1': line(
    'contract 4: a new line begins above the manifest',
    'Math.max(seen, await control.highestEpoch({ model }))',
    '0',
  ),
  'a line that does not ask the regions': line(
    'contract 4: a new line begins above every region',
    'Math.max(seen, await control.highestEpoch({ model }))',
    'await control.highestEpoch({ model })',
  ),
  'a start whose plan nobody compares': line(
    'contract 7: changed meanwhile -> PlanChanged',
    'const shown = starter?.planHash || offer.planHash;',
    'const shown = offer.planHash;',
  ),
  'a stale epoch that is denied': line(
    'contract 4: a stale epoch is tried again above what was seen',
    'if (staleEpoch !== null && staleEpoch > this.now.epoch) {',
    'if (staleEpoch === 0) {',
  ),
};
