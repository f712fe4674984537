import type { Rewrites } from './rewrites';

const line = (rule: string, from: string, to: string, under = 'workflows') => ({ rule, rewrite: { under, from, to } });

/** Contract 3: phases and ends, holding, commit, rolling back. */
export const ROLLOUT_REWRITES: Rewrites = {
  'a flip that is not baked': line(
    'contract 3: baking',
    'const stop = await this.bake(100, this.needs.input.flipBakeMs);',
    'const stop = null as Stop | null;',
  ),
  'a bake cut short': line('contract 3: bake', 'progress.bakedMs >= input.bakeMs', 'progress.looks > 0', 'activities'),
  'a bake that is extended once': line(
    'contract 3: extended twice, then held',
    'const EXTENSIONS = 2;',
    'const EXTENSIONS = 1;',
  ),
  'a bake that is extended for ever': line(
    'contract 3: extended twice, then held',
    'const EXTENSIONS = 2;',
    'const EXTENSIONS = 99;',
  ),
  'a hold without an end': line(
    'contract 3: held until holdUntil',
    'this.route.guarded(answered, leftMs)',
    'this.route.guarded(answered)',
  ),
  'a hold that hears nobody': line('contract 3: unless extendBake or retryRegion', 'if (!orders.answer)', 'if (true)'),
  'a hold that nobody watches': line(
    'contract 3: watch and lease go on',
    ': await this.route.guarded(answered, leftMs);',
    ': await condition(answered, leftMs).then(() => null);',
  ),
  'a hold that takes the weight away': line(
    'contract 3: held keeps its weight',
    "if (verdict.kind === 'invalid-experiment') {",
    'if (account.weightPct < 100) {',
  ),
  'a step entered again without data': line(
    'contract 3: entered again when data return',
    'if (stop.blind) await this.untilDataReturn();',
    '',
  ),
  'a window that takes everything back': line(
    'contract 3: hold at the deadline',
    "case 'hold':",
    "case 'hold':\n        turnBack({ kind: 'deadline', text });\n        return condition(() => false);",
  ),
  'a region without a worker that fails': line(
    'contract 3: unreachable is a flag',
    'if (!foundNoWorker(err)) throw err;\n        this.show(',
    'throw err;\n        this.show(',
  ),
  'a region that is skipped while it serves': line(
    'contract 3: skip is refused while the region serves the new version',
    'if (ask !== undefined && (this.finalize || this.hooks.serves())) {',
    'if (ask !== undefined && this.finalize) {',
  ),
  'a stuck region that nobody accepted': line(
    'contract 3: stuck ends by a person',
    "if ((await orders.settled()) === 'accept'",
    "if (account.phase === 'stuck' || (await orders.settled()) === 'accept'",
  ),
  'a retry that forgets what is left': line(
    'contract 3: retry tries what is left',
    'if (account.notUndone.length === 0) break;',
    "if (account.notUndone.length === 0 || (await orders.settled()) === 'retry') break;",
  ),
  'a commit before all have answered': line(
    'contract 3: committed when all have answered',
    'this.going.every((region) => this.hasAnswered(region));',
    'this.round >= 0;',
  ),
  'a rollout that finalizes by itself': line(
    'contract 3: finalize only after committed',
    'account.prepared = round;',
    'account.prepared = round;\n    orders.finalize = true;',
  ),
  'a clean-up beside forward work': line(
    'contract 3: clean-up once the forward activity has ended',
    'await journey;',
    '',
  ),
  'an undo that is not tried again': line(
    'contract 3: only a final failure makes stuck',
    "startToCloseTimeout: '5s',\n    retry: PROMPT_RETRY,",
    "startToCloseTimeout: '5s',\n    retry: { maximumAttempts: 1 },",
  ),
  'a time to safe told too early': line(
    'contract 3: timeToSafeMs',
    'if (await reachability.watched(saga.makeSafe())) markSafe();',
    'markSafe();\n    await reachability.watched(saga.makeSafe());',
  ),
  'an end before every region has ended': line(
    'contract 3: no new epoch while an undo is pending',
    'for (let open = board.open; open.length > 0; open = board.open) {',
    'for (let open = board.open; open.length > 1; open = board.open) {',
  ),
};
