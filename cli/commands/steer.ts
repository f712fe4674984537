import type { Command } from 'commander';
import type { Verb } from '../../domain/approval';
import type { PromotionVerb } from '../api-shapes';
import { notFound, usage } from '../exit-codes';
import { leaf, needed, wholeNumber, type Run } from '../leaf';
import { epochOf, type Session } from '../session';
import { promotionId, signed, type Said } from '../statements';

interface Options {
  readonly epoch?: number;
  readonly gate?: string;
  readonly region?: string;
  readonly reason?: string;
}
type Steering = {
  readonly name: string;
  readonly verb: PromotionVerb & Verb;
  readonly summary: string;
  readonly takes: readonly ('gate' | 'region' | 'reason')[];
  readonly needs?: readonly ('gate' | 'region' | 'reason')[];
  readonly examples: readonly string[];
};

const OPTIONS = {
  gate: ['--gate <id>', 'the gate, as the plan names it; the only closed one if there is one'],
  region: ['--region <id>', 'the region'],
  reason: ['--reason <text>', 'why, for the record'],
} as const;

const STEERING: readonly Steering[] = [
  {
    ...{ name: 'approve', verb: 'approve', summary: 'Say yes at a gate', takes: ['gate', 'reason'] },
    examples: ['meridian approve fraud --gate change-board'],
  },
  {
    ...{
      name: 'reject',
      verb: 'reject',
      summary: 'Say no at a gate: every region goes back',
      takes: ['gate', 'reason'],
    },
    examples: ['meridian reject fraud --gate change-board --reason "not before the audit"'],
  },
  {
    ...{ name: 'pause', verb: 'pause', takes: ['reason'] },
    summary: 'Stop advancing; bakes and verdicts go on',
    examples: ['meridian pause fraud --reason "incident in eu-north"'],
  },
  {
    ...{ name: 'resume', verb: 'resume', summary: 'Advance again', takes: ['reason'] },
    examples: ['meridian resume fraud'],
  },
  {
    ...{ name: 'extend', verb: 'extendBake', takes: ['region'] },
    summary: 'Bake a held step longer, in one region or in all that are held',
    examples: ['meridian extend fraud', 'meridian extend fraud --region ap-south'],
  },
  {
    ...{ name: 'retry', verb: 'retryRegion', takes: ['region'], needs: ['region'] },
    summary: 'Try a held or stuck region again',
    examples: ['meridian retry fraud --region ap-south'],
  },
  {
    ...{ name: 'skip', verb: 'skipRegion', takes: ['region', 'reason'], needs: ['region', 'reason'] },
    summary: 'Go on without a region, or accept what is left in a stuck one',
    examples: ['meridian skip fraud --region ap-south --reason "power works until Monday"'],
  },
];

/** The commands that steer a promotion under way. Each is signed, and prints the one sentence that the promotion answers. */
export function steeringCommands(run: Run): readonly Command[] {
  return STEERING.map((steering) =>
    leaf<Options>(run, {
      ...{ name: `${steering.name} <model>`, summary: steering.summary, examples: steering.examples },
      options: (command) => withOptions(command, steering.takes),
      act: async (session, [model], options) => {
        for (const name of steering.needs ?? []) if (!options[name]) throw usage(`--${name} is missing`);
        await steer(session, needed(model, 'the model'), steering.verb, options);
      },
    }),
  );
}

export function withOptions(command: Command, takes: Steering['takes']): Command {
  for (const name of takes) {
    const [flags, description] = OPTIONS[name];
    command.option(flags, description);
  }
  return command.option('--epoch <number>', 'the promotion (default: the one under way)', wholeNumber);
}

/** Signs and sends one verb to a promotion, and prints what it answered. */
export async function steer(
  session: Session,
  model: string,
  verb: Steering['verb'] | 'abort',
  options: Options,
): Promise<void> {
  const key = session.key();
  const epoch = await epochOf(session, model, options.epoch);
  const bound = verb === 'approve' || verb === 'reject' ? await boundTo(session, model, epoch, options.gate) : {};
  const { region, reason } = options;
  const said: Said = { verb, promotion: promotionId(model, epoch), region, reason, ...bound };
  const answer = await session.api.steer(model, epoch, verb, signed(key, said, session.nowMs()));
  session.print({ promotion: said.promotion, verb, answer }, () => [answer]);
}

/** What a vote is bound to: the plan and the freight as the promotion states them, and the gate. */
async function boundTo({ api }: Session, model: string, epoch: number, named: string | undefined) {
  const { status } = await api.promotion(model, epoch);
  if (!status) throw notFound(`${promotionId(model, epoch)} has ended, and its history is gone`);
  const { planHash, digest, gates } = status;
  const closed = gates.filter(({ open }) => !open).map(({ gate }) => gate.id);
  const gate = named ?? (closed.length === 1 ? closed[0] : undefined);
  if (gate !== undefined) return { planHash, digest, gate };
  const which = closed.length === 0 ? 'no gate is closed' : `closed gates: ${closed.join(', ')}`;
  throw usage(`--gate is missing; ${which}`, `see: meridian status ${model}`);
}
