import type { Rewrites } from './rewrites';

const made = (under: string) => (rule: string, from: string, to: string) => ({ rule, rewrite: { under, from, to } });
const flow = made('workflows');
const act = made('activities');
const law = made('domain');

/** What a single fault would not show: it takes several in a row, or a letter that nobody may heed. */
export const MISHAP_REWRITES: Rewrites = {
  'a fault that is taken for a newer epoch': flow(
    'contract 4: superseded is who met a newer epoch',
    "if (type === 'StaleEpoch' || type === 'Superseded') return",
    "if (type === 'StaleEpoch' || type === 'Superseded' || type === 'AccessDenied') return",
  ),
  'a lapse for want of data that does not count': flow(
    'contract 5: entered again twice',
    "return { kind: 'again', blind: outcome.blind, lapsed: true };",
    "return { kind: 'again', blind: outcome.blind, lapsed: !outcome.blind };",
  ),
  'a lapse that the flip forgets': flow(
    'contract 5: entered again twice',
    'return this.tooOften(stop, weightPct) ?? stop;',
    'return stop;',
  ),
  'lapses that are forgotten when the flip leads back': flow(
    'contract 5: entered again twice',
    'if (this.entered !== step) this.lapses = 0;',
    'this.lapses = 0;',
  ),
  'an order without a bound of attempts': flow(
    'contract 5: half an order goes back',
    'const ORDER_RETRY = { ...PROMPT_RETRY, maximumAttempts: 12 } as const;',
    'const ORDER_RETRY = { ...PROMPT_RETRY } as const;',
  ),
  'a last look that takes any answer': flow(
    'contract 3: each ends its watch with a last `healthy`',
    'return stop ?? stopOfFault(`the last look before commit said ${nameOf(outcome)}`);',
    'return stop;',
  ),
  'a watch that is safe when its first node is': act(
    'contract 3: safe is who was restored on every node',
    "return answers.every(({ answer }) => typeof answer !== 'string' && answer.kind === 'ok');",
    "return answers.slice(0, 1).every(({ answer }) => typeof answer !== 'string' && answer.kind === 'ok');",
  ),
  'a restore that takes the answer of the first node': act(
    'S8: as found on every node',
    'if (errors.length > 0) throw ours ?? errors[0];',
    "if (outcomes[0]?.status === 'rejected') throw ours ?? errors[0];",
  ),
  'a skip without a reason': law(
    'contract 3: skip needs a reason',
    "needs: ['region', 'reason'] }",
    "needs: ['region'] }",
  ),
  'more errors than requests that are evidence': law(
    'S15: counts that cannot be true',
    'if (count > requests) faults.push(`${arm}: ${name}: ${count} of only ${requests} requests`);',
    '',
  ),
  'a lease that is renewed on counts that cannot be true': act(
    'contract 5: only a look that found healthy counters renews',
    "if (verdict.kind === 'provider-error') return undefined;",
    "if (verdict.kind === 'provider-error' && input.weightPct === 100) return undefined;",
  ),
  'a wall clock that was set back and is believed': law(
    'contract 5: lapsed if the wall clock moved',
    'const lapsed = !(Math.abs(movedMs) <= leftMs);',
    'const lapsed = !(movedMs <= leftMs);',
  ),
  'a report of another epoch that is taken': flow(
    'contract 1: reports of another epoch are dropped',
    'if (!before || report.epoch !== this.input.epoch) return;',
    'if (!before) return;',
  ),
};
