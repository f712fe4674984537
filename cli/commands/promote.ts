import type { Command } from 'commander';
import type { OfferAnswer } from '../../workflows/contract';
import { wholeDigest } from '../digests';
import { EXIT, CliError, usage } from '../exit-codes';
import { leaf, needed, type Run } from '../leaf';
import { planLines } from '../render/plan';
import type { Session } from '../session';
import { lineId, signed } from '../statements';
import { watchPromotion } from '../watching';

interface Options {
  readonly yes?: boolean;
  readonly watch?: boolean;
}

export function promoteCommand(run: Run): Command {
  return leaf<Options>(run, {
    name: 'promote <model> [digest]',
    summary: 'Show the plan, ask, and start the promotion with your signature',
    examples: [
      'meridian promote fraud',
      'meridian promote fraud sha256:3f2a... --yes --watch',
      'meridian promote fraud 3f2a9c81 --yes --json',
    ],
    options: (command) =>
      command
        .option('--yes', 'do not ask')
        .option('--watch', 'stay until it has ended; exit code 0 only if it ended live'),
    act: (session, [model, digest], options) => promote(session, needed(model, 'the model'), digest, options),
  });
}

async function promote(session: Session, model: string, given: string | undefined, options: Options): Promise<void> {
  const { api } = session;
  const key = session.key();
  const planned = await api.plan(model, given === undefined ? undefined : await wholeDigest(api, given));
  const { planHash, plan } = planned;
  if (!session.json) session.terminal.out(`${planLines(planned, session).join('\n')}\n`);
  if (!options.yes) await confirm(session, `promote ${model} ${plan.freight.version}?`);
  const { digest } = plan.freight;
  const statement = signed(key, { verb: 'start', promotion: lineId(model), planHash, digest }, session.nowMs());
  const answer = await api.offer({ model, digest, planHash, statement });
  if (options.watch && answer.kind === 'started') {
    if (!session.json) session.note(answerText(answer));
    return watchPromotion(session, model, answer.epoch);
  }
  session.print(answer, () => [answerText(answer)]);
}

/** @throws CliError when the answer is no, or nobody is there to ask */
export async function confirm({ terminal, json }: Session, question: string): Promise<void> {
  if (!terminal.asks || json) throw usage(`${question} nobody can be asked here`, 'say --yes');
  const answer = await terminal.ask(`${question} [y/N] `);
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new CliError(EXIT.failed, 'nothing was started', undefined, 'NotConfirmed');
}

/** What the line made of an offer, in one sentence. Pure. */
export function answerText(answer: OfferAnswer): string {
  switch (answer.kind) {
    case 'started':
      return `started ${answer.promotion}`;
    case 'queued':
      return `queued${answer.behind === null ? '' : ` behind ${answer.behind}`}: ${answer.why}`;
    case 'folded':
      return `nothing to start: it is ${answer.into}${answer.promotion === null ? '' : ` in ${answer.promotion}`}`;
    case 'denied':
    case 'refused':
      return `${answer.kind}: ${answer.why}`;
  }
}
