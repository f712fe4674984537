import type { Command } from 'commander';
import { wholeDigest } from '../digests';
import { leaf, needed, type Run } from '../leaf';
import { planLines } from '../render/plan';

export function planCommand(run: Run): Command {
  return leaf(run, {
    name: 'plan <model> [digest]',
    summary: 'What a promotion would do: bytes, time, cost, steps, gates, what could stop it',
    examples: ['meridian plan fraud', 'meridian plan fraud sha256:3f2a... --json'],
    act: async (session, [model, digest]) => {
      const { api } = session;
      const meant = digest === undefined ? undefined : await wholeDigest(api, digest);
      const planned = await api.plan(needed(model, 'the model'), meant);
      session.print(planned, () => planLines(planned, session));
    },
  });
}
