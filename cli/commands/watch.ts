import type { Command } from 'commander';
import { notFound, usage } from '../exit-codes';
import { leaf, wholeNumber, type Run } from '../leaf';
import { epochOf, type Session } from '../session';
import { watchPromotion } from '../watching';

const LOOKED_THROUGH = 50; // promotions, newest first

export function watchCommand(run: Run): Command {
  return leaf<{ epoch?: number }>(run, {
    name: 'watch [model]',
    summary: 'Follow a promotion until it has ended; exit code 0 only if it ended live',
    examples: ['meridian watch', 'meridian watch fraud', 'meridian watch fraud --epoch 6 --json'],
    options: (command) => command.option('--epoch <number>', 'the promotion (default: the one under way)', wholeNumber),
    act: async (session, [named], { epoch }) => {
      const model = named ?? (await modelUnderWay(session));
      await watchPromotion(session, model, await epochOf(session, model, epoch));
    },
  });
}

/** The only model with a promotion under way. */
async function modelUnderWay({ api }: Session): Promise<string> {
  const records = await api.promotions({ limit: LOOKED_THROUGH });
  const models = [...new Set(records.filter(({ outcome }) => outcome === null).map(({ model }) => model))];
  if (models.length > 1) throw usage(`several promotions are under way: ${models.join(', ')}`, 'name the model');
  if (models[0] !== undefined) return models[0];
  throw notFound('no promotion is under way', 'see what there was: meridian history');
}
