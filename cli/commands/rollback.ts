import type { Command } from 'commander';
import type { PromotionRecord } from '../../ports/manifest';
import type { LineState } from '../../workflows/contract';
import { wholeDigest } from '../digests';
import { notFound } from '../exit-codes';
import { leaf, needed, type Run } from '../leaf';
import { digestText } from '../render/quantities';
import { versionsIn } from '../render/rows';
import type { Session } from '../session';
import { lineId, signed } from '../statements';
import { watchPromotion } from '../watching';
import { answerText, confirm } from './promote';

interface Options {
  readonly to?: string;
  readonly reason?: string;
  readonly yes?: boolean;
  readonly watch?: boolean;
}

const LOOKED_THROUGH = 200; // promotions, newest first

export function rollbackCommand(run: Run): Command {
  return leaf<Options>(run, {
    name: 'rollback <model>',
    summary: 'Promote the version that was live before; quick where regions still hold it',
    examples: [
      'meridian rollback fraud --reason "chargebacks doubled overnight"',
      'meridian rollback fraud --to 3f2a9c81 --reason "as audited" --yes --watch',
    ],
    options: (command) =>
      command
        .option('--to <digest>', 'default: the version that was live before this one')
        .option('--reason <text>', 'why, for the record')
        .option('--yes', 'do not ask')
        .option('--watch', 'stay until it has ended; exit code 0 only if it ended live'),
    act: (session, [model], options) => rollback(session, needed(model, 'the model'), options),
  });
}

async function rollback(session: Session, model: string, { to, reason, yes, watch }: Options): Promise<void> {
  const { api } = session;
  const key = session.key();
  const [line, records] = await Promise.all([api.line(model), api.promotions({ model, limit: LOOKED_THROUGH })]);
  const digest = to === undefined ? previousOf(model, line, records) : await wholeDigest(api, to);
  const named = (one: string) => [versionsIn(records).get(one), `(${digestText(one)})`].filter(Boolean).join(' ');
  const from = line.live === null ? '' : ` from ${named(line.live)}`;
  if (line.current)
    session.note(`${line.current.id} is under way: this comes after it; to stop it: meridian abort ${model}`);
  if (!yes) await confirm(session, `take ${model} back${from} to ${named(digest)}?`);
  const statement = signed(key, { verb: 'rollback', promotion: lineId(model), digest, reason }, session.nowMs());
  const answer = await api.offer({ model, digest, statement });
  if (watch && answer.kind === 'started') {
    if (!session.json) session.note(answerText(answer));
    return watchPromotion(session, model, answer.epoch);
  }
  session.print(answer, () => [answerText(answer)]);
}

/** The newest digest that was live and is not now. @throws CliError where there is none. Pure. */
export function previousOf(
  model: string,
  { live, history }: Pick<LineState, 'live' | 'history'>,
  records: readonly Pick<PromotionRecord, 'digest' | 'outcome'>[],
): string {
  const wasLive = [...history, ...records].filter(({ outcome }) => outcome === 'live' || outcome === 'live-partial');
  const previous = wasLive.find(({ digest }) => digest !== live);
  if (previous) return previous.digest;
  throw notFound(`${model} has no version that was live before`, 'name one with --to sha256:...');
}
