import type { PromotionRecord } from '../../ports/manifest';
import type { Paint, Tone } from './paint';
import { digestText, durationText, minuteText } from './quantities';
import { table, type Column } from './table';

const DIGITS = 8;

/** What became of promotions, one a line. Pure. */
export function historyLines(
  promotions: readonly PromotionRecord[],
  { width, paint }: { readonly width: number; readonly paint: Paint },
): readonly string[] {
  if (promotions.length === 0) return ['nothing was promoted yet'];
  const models = new Set(promotions.map(({ model }) => model));
  const ofModel: Column<PromotionRecord> = { title: 'model', text: ({ model }) => model };
  return table([...(models.size > 1 ? [ofModel] : []), ...COLUMNS], promotions, width, paint);
}

const TONES: Readonly<Record<string, Tone>> = {
  live: 'good',
  'live-partial': 'wait',
  'rolled-back': 'bad',
  stuck: 'bad',
};

const COLUMNS: readonly Column<PromotionRecord>[] = [
  { title: 'epoch', align: 'right', text: ({ epoch }) => String(epoch) },
  { title: 'version', text: ({ version, digest }) => `${version} ${digestText(digest).slice(0, DIGITS)}` },
  {
    ...{ title: 'outcome', text: ({ outcome }) => outcome ?? 'under way' },
    tone: ({ outcome }) => (outcome === null ? 'wait' : TONES[outcome]),
  },
  { title: 'reason', text: ({ reason }) => reason?.kind ?? '' },
  { title: 'started', text: ({ startedAt }) => minuteText(startedAt) },
  {
    title: 'took',
    align: 'right',
    text: ({ startedAt, endedAt }) => (endedAt === null ? '' : took(startedAt, endedAt)),
  },
  {
    title: 'safe',
    align: 'right',
    text: ({ timeToSafeMs }) => (timeToSafeMs === null ? '' : compact(timeToSafeMs)),
  },
  { title: 'by', text: ({ starter }) => starter },
];

function took(startedAt: string, endedAt: string): string {
  return compact(Date.parse(endedAt) - Date.parse(startedAt));
}

/** `2m 24s`: eight columns have to fit. */
function compact(ms: number): string {
  return durationText(ms).replace(/(\d) (ms|s|d|h|m)(in)?/g, '$1$2');
}
