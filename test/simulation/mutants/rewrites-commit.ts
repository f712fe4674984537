import type { Rewrites } from './rewrites';

const line = (rule: string, from: string, to: string) => ({ rule, rewrite: { under: 'workflows', from, to } });

/** Contract 3: the rounds of last looks, the commit, and what comes after it. */
export const COMMIT_REWRITES: Rewrites = {
  'a commit on the answers of a void round': line(
    'contract 3: an answer of an earlier round does not count',
    'this.guardMeanwhile(answered)]);',
    'this.guardMeanwhile(answered)]);\n      return;',
  ),
  'a round that is never void': line(
    'contract 5: watch guards it until commit',
    'if ((await condition(answered, this.timeMs())) && !this.board.paused) return;',
    'await condition(answered);\n      return;',
  ),
  'a commit in spite of a pause': line(
    'contract 2: a pause goes before the commit',
    'if ((await condition(answered, this.timeMs())) && !this.board.paused) return;',
    'if (await condition(answered, this.timeMs())) return;',
  ),
  'a void round that nobody hears of': line(
    'contract 5: watch guards it until commit',
    'this.rollouts.tellAll(those, guardSignal, { round: this.round });',
    '',
  ),
  'a region that cleans up before it says that it is live': line(
    'contract 3: what is committed ends',
    '      account.outcome = outcome;\n      account.weightPct',
    "      if (outcome === 'live') await cleanUp();\n      account.outcome = outcome;\n      account.weightPct",
  ),
  'a guard that nobody takes up again': line(
    'contract 5: watch guards it until commit',
    'orders.finalize || orders.asked !== round',
    'orders.finalize || orders.asked > round',
  ),
};
