import type { Command } from 'commander';
import { instantMs, parseDuration } from '../../domain/files/quantities';
import type { LineVerb } from '../api-shapes';
import { wholeDigest } from '../digests';
import { usage } from '../exit-codes';
import { leaf, needed, type Run } from '../leaf';
import type { Session } from '../session';
import { lineId, signed, type Said } from '../statements';

interface Options {
  readonly reason?: string;
  readonly until?: string;
}

const REASON = ['--reason <text>', 'why, for the record'] as const;

/** The commands that steer a model's line. Each is signed, and prints the one sentence that the line answers. */
export function lineCommands(run: Run): readonly Command[] {
  return [
    leaf<Options>(run, {
      name: 'release <model> <digest>',
      summary: 'Take a digest off the deny list, so that it may be promoted again',
      examples: ['meridian release fraud 3f2a9c81 --reason "the region\'s disk was the cause"'],
      options: (command) => command.requiredOption(...REASON),
      act: async (session, [model, digest], { reason }) => {
        const whole = await wholeDigest(session.api, needed(digest, 'the digest'));
        await steerLine(session, needed(model, 'the model'), 'release', { verb: 'release', digest: whole, reason });
      },
    }),
    leaf<Options>(run, {
      name: 'freeze <model>',
      summary: 'Nothing starts until a time; rollbacks go on',
      examples: [
        'meridian freeze fraud --until 2026-12-27T08:00:00+01:00 --reason holidays',
        'meridian freeze fraud --until 4h --reason "network works"',
      ],
      options: (command) =>
        command
          .requiredOption('--until <time>', 'ISO 8601 with offset, or from now on: 90m, 4h, 2d')
          .requiredOption(...REASON),
      act: async (session, [model], { reason, until = '' }) => {
        const said = { verb: 'freeze', until: instantOf(until, session.nowMs()), reason } as const;
        await steerLine(session, needed(model, 'the model'), 'freeze', said);
      },
    }),
    leaf<Options>(run, {
      name: 'thaw <model>',
      summary: 'End every freeze that a person set',
      examples: ['meridian thaw fraud'],
      act: (session, [model]) => steerLine(session, needed(model, 'the model'), 'thaw', { verb: 'thaw' }),
    }),
    leaf<Options>(run, {
      name: 'hold <model>',
      summary: 'Nothing starts until `meridian unhold`; what is under way goes on',
      examples: ['meridian hold fraud --reason "waiting for the audit"'],
      options: (command) => command.requiredOption(...REASON),
      act: (session, [model], { reason }) =>
        steerLine(session, needed(model, 'the model'), 'hold', { verb: 'hold', reason }),
    }),
    leaf<Options>(run, {
      name: 'unhold <model>',
      summary: 'Let promotions start again',
      examples: ['meridian unhold fraud'],
      act: (session, [model]) => steerLine(session, needed(model, 'the model'), 'resume', { verb: 'unhold' }),
    }),
  ];
}

async function steerLine(
  session: Session,
  model: string,
  verb: LineVerb,
  said: Omit<Said, 'promotion'>,
): Promise<void> {
  const line = lineId(model);
  const statement = signed(session.key(), { ...said, promotion: line }, session.nowMs());
  const answer = await session.api.steerLine(model, verb, statement);
  session.print({ line, verb: said.verb, answer }, () => [answer]);
}

/** ISO 8601 from what a person typed. @throws CliError for a time that is none or has passed */
export function instantOf(text: string, nowMs: number): string {
  const duration = parseDuration(text);
  const ms = duration === undefined ? instantMs(text) : nowMs + duration;
  if (Number.isNaN(ms)) throw usage(`--until ${text} is no time`, 'say 2026-12-27T08:00:00+01:00, 90m, 4h or 2d');
  if (ms <= nowMs) throw usage(`--until ${text} has passed`);
  return duration === undefined ? text : new Date(ms).toISOString();
}
