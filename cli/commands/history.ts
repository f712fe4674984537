import type { Command } from 'commander';
import { leaf, wholeNumber, type Run } from '../leaf';
import { historyLines } from '../render/history';

export function historyCommand(run: Run): Command {
  return leaf<{ limit: number }>(run, {
    name: 'history [model]',
    summary: 'What became of promotions, newest first',
    examples: ['meridian history', 'meridian history fraud --limit 5', 'meridian history fraud --json'],
    options: (command) => command.option('--limit <number>', 'at most so many, up to 1000', wholeNumber, 20),
    act: async (session, [model], { limit }) => {
      const answer = await session.api.history({ limit, ...(model !== undefined && { model }) });
      session.print(answer, () => historyLines(answer.promotions, session));
    },
  });
}
