import { asObject } from '../../domain/json';
import type { ArmCounts } from '../../domain/judge';
import type { RolloutStatus, StepRecord } from '../../workflows/contract';
import type { PendingActivity } from '../api-shapes';
import type { Span, Tone } from './paint';
import { bytesText, countText, durationText, shareText } from './quantities';

/** One line below a region. */
export interface Line {
  readonly spans: readonly Span[];
}

const TONES: Readonly<Record<string, Tone>> = { healthy: 'good', regressed: 'bad' };

/** What happened before any traffic: bytes and golden set. Pure. */
export function preparationLines(rollout: RolloutStatus, pending: readonly PendingActivity[]): readonly Line[] {
  const { bytesTotal, bytesMoved, replicateMs, validation } = rollout;
  const lines: Line[] = [];
  if (replicateMs !== null && bytesTotal !== null) {
    const moved = bytesMoved === null ? '' : `, ${bytesText(bytesMoved)} of it moved`;
    lines.push({ spans: [`replicated ${bytesText(bytesTotal)}${moved} in ${durationText(replicateMs)}`] });
  }
  lines.push(...pending.flatMap(bytesLine));
  if (!validation || validation.goldenSet === null) return lines;
  const { agreed, cases, casesPerSecond, worst } = validation;
  const agreement: Span = [agreed === cases ? 'good' : 'bad', `${agreed} of ${cases} golden cases agree`];
  lines.push({ spans: [agreement, `, ${countText(Math.round(casesPerSecond))} a second`] });
  const [first] = worst;
  if (agreed < cases && first) {
    const off = `off by ${numberText(first.absolute)} where ${numberText(first.allowed)} is allowed`;
    lines.push({ spans: [`worst: case ${first.caseId}, output ${first.output}, ${off}`] });
  }
  return lines;
}

/** How far an activity's bytes are. Pure. */
export function bytesLine({ activity, progress }: PendingActivity): readonly Line[] {
  const { bytesDone, bytesTotal } = asObject(progress) ?? {};
  if (typeof bytesDone !== 'number') return [];
  const isKnown = typeof bytesTotal === 'number' && bytesTotal > 0;
  const of = isKnown ? ` of ${bytesText(bytesTotal)}, ${Math.floor((bytesDone * 100) / bytesTotal)} %` : '';
  return [{ spans: [`${activity}: ${bytesText(bytesDone)}${of}`] }];
}

/** Why an activity is tried again. Pure. */
export function retryLine({ activity, attempt, lastFailure }: PendingActivity): readonly Line[] {
  return attempt > 1 && lastFailure ? [{ spans: [['wait', `${activity}, attempt ${attempt}: ${lastFailure}`]] }] : [];
}

/** The words of a line, without their tones. Pure. */
export function wordsOf({ spans }: Line): string {
  return spans.map((span) => (typeof span === 'string' ? span : span[1])).join('');
}

/** What one weight showed, with the numbers of its verdict. Pure. */
export function evidenceLine({ weightPct, verdict, evidence, extensions }: StepRecord): Line {
  const spans: Span[] = [weightText(weightPct), '  ', toned(verdict)];
  if (evidence) {
    spans.push(`  ${armsText(weightPct, evidence.canary, evidence.stable)}`);
    if (evidence.ratioBound !== null) spans.push(`, ratio < ${evidence.ratioBound.toFixed(2)}`);
    else if (evidence.absoluteBound !== null) spans.push(`, < ${shareText(evidence.absoluteBound)}`);
  }
  if (extensions > 0) spans.push(`, extended ${extensions}x`);
  return { spans };
}

/** What a region sees at this moment, from the heartbeat of its watch. Pure. */
export function nowLines({ outcome, weightPct }: RolloutStatus, pending: readonly PendingActivity[]): readonly Line[] {
  if (outcome !== null) return [];
  return pending.flatMap((one) => {
    const { activity, progress } = one;
    const lines: Line[] = [];
    const { under, beside, bakedMs, note } = (asObject(progress) ?? {}) as Partial<Watching>;
    if (activity === 'watch' && under && beside && typeof bakedMs === 'number') {
      const counts = armsText(weightPct, under, weightPct === 100 ? null : beside);
      lines.push({ spans: [weightText(weightPct), '  ', ['strong', `baked ${durationText(bakedMs)}`], `  ${counts}`] });
      if (note) lines.push({ spans: [['wait', `no look: ${note}`]] });
    }
    return [...lines, ...retryLine(one)];
  });
}

/** What a watch heartbeats, as far as it is shown (contract 5). */
interface Watching {
  readonly under: ArmCounts;
  readonly beside: ArmCounts;
  readonly bakedMs: number;
  readonly note: string;
}

function weightText(weightPct: number): string {
  return `${weightPct} %`.padStart(5);
}

function toned(verdict: string): Span {
  return [TONES[verdict] ?? 'wait', verdict];
}

/** Errors and requests of both arms; after the flip the new version stands against what was counted before it. */
function armsText(weightPct: number, canary: ArmCounts, stable: ArmCounts | null): string {
  const [under, beside] = weightPct === 100 ? (['new', 'before'] as const) : (['canary', 'stable'] as const);
  return stable ? `${countsText(under, canary)}, ${countsText(beside, stable)}` : countsText(under, canary);
}

function countsText(arm: string, { errors, requests }: ArmCounts): string {
  return `${arm} ${countText(errors)}/${countText(requests)}`;
}

/** NaN and infinity arrive as null through JSON. */
function numberText(value: number | null): string {
  return value !== null && Number.isFinite(value) ? value.toPrecision(4) : 'not a number';
}
