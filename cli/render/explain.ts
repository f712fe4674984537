import type { DigestRecord } from '../../ports/manifest';
import type { PromotionView } from '../api-shapes';
import { fitted, wrapped, type Tone } from './paint';
import { promotionLines, type Frame } from './promotion';
import { digestText, timeText } from './quantities';

const TONES: Readonly<Record<DigestRecord['state'], Tone>> = {
  ...{ live: 'good', denied: 'bad', refused: 'bad', queued: 'wait', offered: 'wait' },
  ...{ 'in-flight': 'wait', released: 'wait' },
};

/** What a person can do about a digest that is where it is. */
const REMEDIES: Readonly<Record<DigestRecord['state'], (record: DigestRecord) => string>> = {
  offered: ({ model }) => `its line has it; see: meridian status ${model}`,
  queued: ({ model }) => `its turn comes; see: meridian status ${model}`,
  'in-flight': ({ model }) => `it is on its way; see: meridian watch ${model}`,
  live: () => '',
  denied: ({ model, digest }) =>
    `it is not tried again until a person says so: meridian release ${model} ${digestText(digest)} --reason "..."`,
  released: ({ model, digest }) => `it may be offered again: meridian promote ${model} ${digest}`,
  refused: ({ model, digest }) => `mend what is wrong, then: meridian promote ${model} ${digest}`,
};

/** What a line says of a digest, and what a person can do. Pure. */
export function accountLines(record: DigestRecord, version: string | undefined, frame: Frame): readonly string[] {
  const { model, digest, state, text, at } = record;
  const name = [model, version].filter(Boolean).join(' ');
  const remedy = REMEDIES[state](record);
  return [
    fitted(
      [['strong', name], ` (${digestText(digest)})  `, [TONES[state], state], `  since ${timeText(at)}`],
      frame.width,
      frame.paint,
    ),
    ...(text === '' ? [] : wrapped(text, frame.width, '  ')),
    ...(remedy === '' ? [] : wrapped(remedy, frame.width, '  ').map((line) => frame.paint('faint', line))),
  ];
}

/** Promotions with the evidence of their regions. Pure. */
export function evidenceLines(views: readonly PromotionView[], frame: Frame): readonly string[] {
  return views.flatMap((view) => ['', ...promotionLines(view, frame)]);
}
