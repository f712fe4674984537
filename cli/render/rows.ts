import type { ManifestRow, PromotionRecord } from '../../ports/manifest';
import type { LineState } from '../../workflows/contract';
import type { PromotionView } from '../api-shapes';
import { wrapped, type Paint } from './paint';
import { digestText, minuteText } from './quantities';
import { table, type Column } from './table';

/** The first digits of a digest that tell versions of one model apart in a table. */
const DIGITS = 8;
/** Denied digests that are shown, newest first. */
const DENIALS = 10;

/** Digests by the names that people gave them. Pure. */
export function versionsIn(promotions: readonly PromotionRecord[]): ReadonlyMap<string, string> {
  return new Map(promotions.map(({ digest, version }) => [digest, version]));
}

/** The rows with the phase that each region is in now, as its promotion under way knows it: the manifest has the last one recorded. Pure. */
export function currentRows(rows: readonly ManifestRow[], views: readonly PromotionView[]): readonly ManifestRow[] {
  return rows.map((row) => {
    const its = views.find(({ status }) => status?.id === row.promotion)?.status;
    const now = its?.regions.find(({ region }) => region === row.region);
    return now && now.phase !== 'pending' ? { ...row, phase: now.phase, outcome: now.outcome } : row;
  });
}

/** Which version each region serves, served and is to serve. Pure. */
export function rowLines(
  rows: readonly ManifestRow[],
  versions: ReadonlyMap<string, string>,
  { width, paint }: { readonly width: number; readonly paint: Paint },
): readonly string[] {
  const named = (digest: string | null | undefined) => {
    if (!digest) return '-';
    return [versions.get(digest), digestText(digest).slice(0, DIGITS)].filter(Boolean).join(' ');
  };
  const models = new Set(rows.map(({ model }) => model));
  const ofModel: Column<ManifestRow> = { title: 'model', text: ({ model }) => model };
  const columns: Column<ManifestRow>[] = [
    ...(models.size > 1 ? [ofModel] : []),
    { title: 'region', text: ({ region }) => region },
    { title: 'live', text: ({ live }) => named(live), tone: ({ live }) => (live === null ? 'faint' : 'good') },
    {
      title: 'since',
      text: ({ live, since }) => (live === null ? '-' : minuteText(since)),
      tone: () => 'faint',
    },
    { title: 'previous', text: ({ previous }) => named(previous[0]) },
    {
      title: 'targeted',
      text: ({ target }) => named(target),
      tone: ({ target }) => (target === null ? 'faint' : 'wait'),
    },
    { title: 'phase', text: ({ phase, outcome }) => (phase === 'ended' ? (outcome ?? 'ended') : phase) },
  ];
  return table(columns, rows, width, paint);
}

/** What a line has queued, denies and is held by; nothing where there is nothing to say. Pure. */
export function laneLines({ queue, held, freezes, denied, beside }: LineState, screen: Screen): readonly string[] {
  const { width, paint, versions } = screen;
  const named = (digest: string) => [versions.get(digest), digestText(digest)].filter(Boolean).join(' ');
  const lines: string[] = [];
  const say = (text: string) => lines.push(...wrapped(text, width, '  '));
  for (const { id } of beside) say(`beside the line, for a person to settle: ${id}`);
  if (queue.length > 0) say(`queued: ${queue.map(({ digest }) => named(digest)).join(', ')}`);
  if (held !== null) say(`held, nothing starts: ${held}`);
  for (const { until, reason } of freezes) say(`frozen until ${until}: ${reason}`);
  const denials = Object.entries(denied).sort(([, a], [, b]) => b.epoch - a.epoch);
  for (const [digest, { reason }] of denials.slice(0, DENIALS))
    say(`denied: ${named(digest)}: ${reason.kind}: ${reason.text}`);
  if (denials.length > DENIALS) say(`denied: ${denials.length - DENIALS} more, see --json`);
  return lines.length === 0 ? [] : [paint('faint', 'line'), ...lines];
}
interface Screen {
  readonly width: number;
  readonly paint: Paint;
  readonly versions: ReadonlyMap<string, string>;
}
