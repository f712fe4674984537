import { REGISTRY_STARTER } from '../../domain/roster';
import type { PromotionRecord } from '../../ports/manifest';
import type { GateStatus, PromotionStatus } from '../../workflows/contract';
import type { PromotionView } from '../api-shapes';
import { fitted, wrapped, type Paint, type Span, type Tone } from './paint';
import { digestText, durationText, minuteText, timeText } from './quantities';
import { regionLines } from './region';
import { bytesLine, retryLine, wordsOf } from './steps';

export interface Frame {
  readonly nowMs: number;
  readonly width: number;
  readonly paint: Paint;
  readonly region?: string | undefined; // only this one
}

/** A promotion as a tree: promotion > wave > region > step, with weights, counts, evidence and what it waits for. Pure. */
export function promotionLines(view: PromotionView, frame: Frame): readonly string[] {
  const { status, record } = view;
  if (!status) return record ? recordLines(record, frame) : [];
  const lines = [
    ...headLines(status, frame),
    ...hubLines(view, frame),
    ...status.gates.flatMap((gate) => gateLine(gate, frame)),
  ];
  const waves = status.waves
    .map((regions, at) => ({ wave: at + 1, regions: regions.filter((one) => !frame.region || one === frame.region) }))
    .filter(({ regions }) => regions.length > 0);
  for (const [at, { wave, regions }] of waves.entries()) {
    const last = at === waves.length - 1;
    const title = `wave ${wave} of ${status.waves.length}${wave > status.wave ? ', not started' : ''}`;
    lines.push(fitted([['faint', last ? '└─ ' : '├─ '], title], frame.width, frame.paint));
    for (const [index, region] of regions.entries()) {
      const place = { above: last ? '   ' : '│  ', last: index === regions.length - 1 };
      lines.push(...regionLines(region, view, place, frame));
    }
  }
  return lines;
}

/** The upload into the hub: how far it is, and what it waits for. */
function hubLines({ hub }: PromotionView, { width, paint }: Frame): readonly string[] {
  const bytes = hub.flatMap(bytesLine).map(({ spans }) => fitted(['  ', ...spans], width, paint));
  const waits = hub.flatMap(retryLine).flatMap((line) => wrapped(wordsOf(line), width, '  '));
  return [...bytes, ...waits.map((line) => paint('wait', line))];
}

const PHASE_TONES: Readonly<Record<string, Tone>> = {
  ...{ live: 'good', 'live-partial': 'wait', 'rolled-back': 'bad', stuck: 'bad', aborting: 'bad' },
  ...{ 'rolling-back': 'bad', held: 'wait', awaiting: 'wait' },
};

function headLines(status: PromotionStatus, { nowMs, width, paint }: Frame): readonly string[] {
  const { model, version, digest, epoch, phase, outcome, starter, startedAtMs, deadlineAtMs, waitsFor, reason } =
    status;
  const where = outcome ?? phase;
  const extras = [status.paused && 'paused', status.committed && outcome === null && 'committed'].filter(Boolean);
  const head: Span[] = [
    ['strong', `${model} ${version}`],
    ` (${digestText(digest)})  promotion ${epoch}  `,
    [PHASE_TONES[where] ?? 'strong', [where, ...extras].join(', ')],
  ];
  const by = starter === REGISTRY_STARTER ? 'the registry' : starter;
  const started =
    outcome === null
      ? `${minuteText(startedAtMs)} by ${by}, ${durationText(nowMs - startedAtMs)} ago; window ends ${minuteText(deadlineAtMs)}`
      : `${timeText(startedAtMs)} by ${by}`;
  const lines = [fitted(head, width, paint), fitted([`  started ${started}`], width, paint)];
  if (waitsFor) lines.push(...wrapped(`waits for ${waitsFor}`, width, '  ').map((line) => paint('wait', line)));
  if (reason) lines.push(...wrapped(`${reason.kind}: ${reason.text}`, width, '  ').map((line) => paint('bad', line)));
  if (status.timeToSafeMs !== null) lines.push(`  safe again after ${durationText(status.timeToSafeMs)}`);
  return lines;
}

function gateLine({ gate, approvedBy, open, expiresAtMs }: GateStatus, { width, paint }: Frame): readonly string[] {
  const by = approvedBy.length > 0 ? ` (${approvedBy.join(', ')})` : '';
  const until = !open && expiresAtMs !== null ? `, until ${timeText(expiresAtMs)}` : '';
  const answer = open ? 'open' : `${approvedBy.length} of ${gate.quorum} approvals`;
  const lines = wrapped(`gate ${gate.id} before ${gate.before}: ${answer}${by}${until}`, width, '  ');
  return lines.map((line) => paint(open ? 'good' : 'wait', line));
}

/** What is left of a promotion whose history is gone. Pure. */
function recordLines(record: PromotionRecord, { width, paint }: Frame): readonly string[] {
  const { model, version, digest, epoch, outcome, starter, startedAt, endedAt, reason, timeToSafeMs } = record;
  const where = outcome ?? 'under way';
  const head: Span[] = [
    ['strong', `${model} ${version}`],
    ` (${digestText(digest)})  promotion ${epoch}  `,
    [PHASE_TONES[where] ?? 'strong', where],
  ];
  const lines = [fitted(head, width, paint)];
  lines.push(`  started ${timeText(startedAt)} by ${starter}${endedAt ? `, ended ${timeText(endedAt)}` : ''}`);
  if (reason) lines.push(...wrapped(`${reason.kind}: ${reason.text}`, width, '  ').map((line) => paint('bad', line)));
  if (timeToSafeMs !== null) lines.push(`  safe again after ${durationText(timeToSafeMs)}`);
  return lines;
}
