import type { Command } from 'commander';
import { abortDirectly } from '../direct-abort';
import { leaf, needed, type Run } from '../leaf';
import { steer, withOptions } from './steer';

interface Options {
  readonly epoch?: number;
  readonly reason?: string;
  readonly direct?: boolean;
  readonly temporal?: string;
  readonly namespace?: string;
}

export function abortCommand(run: Run): Command {
  return leaf<Options>(run, {
    name: 'abort <model>',
    summary: 'Stop the promotion under way; every region goes back to what it served',
    examples: [
      'meridian abort fraud --reason "had second thoughts"',
      'meridian abort fraud --direct --temporal temporal.example:7233',
    ],
    options: (command) =>
      withOptions(command, ['reason'])
        .option('--direct', 'speak to Temporal itself, for when the api is down')
        .option('--temporal <host:port>', 'with --direct (default: TEMPORAL_ADDRESS, else 127.0.0.1:7233)')
        .option('--namespace <name>', 'with --direct (default: TEMPORAL_NAMESPACE, else default)'),
    act: async (session, [given], options) => {
      const model = needed(given, 'the model');
      if (!options.direct) return steer(session, model, 'abort', options);
      session.key(); // so that a key that is none is said before Temporal is asked
      const answer = await abortDirectly(session, { model, ...options });
      session.print(answer, () => [answer.answer]);
    },
  });
}
