import type { RolloutStatus } from '../../workflows/contract';
import type { PromotionView } from '../api-shapes';
import { fitted, wrapped, type Paint, type Span, type Tone } from './paint';
import { durationText, timeText } from './quantities';
import { evidenceLine, nowLines, preparationLines, type Line } from './steps';

interface Place {
  readonly above: string; // the branches of the wave
  readonly last: boolean;
}
interface Screen {
  readonly nowMs: number;
  readonly width: number;
  readonly paint: Paint;
}

const MARKS: Readonly<Record<string, readonly [Tone, string]>> = {
  live: ['good', '+'],
  'rolled-back': ['bad', '-'],
  stuck: ['bad', '!'],
  held: ['wait', '='],
  skipped: ['faint', '~'],
  superseded: ['faint', '~'],
};
const PHASE_TONES: Readonly<Record<string, Tone>> = {
  ...{ live: 'good', 'rolled-back': 'bad', 'rolling-back': 'bad', stuck: 'bad', held: 'wait', awaiting: 'wait' },
};

/** One region of a promotion with its steps. Pure. */
export function regionLines(region: string, view: PromotionView, place: Place, screen: Screen): readonly string[] {
  const branch = `${place.above}${place.last ? '└─ ' : '├─ '}`;
  const below = `${place.above}${place.last ? '      ' : '│     '}`;
  const rollout = view.rollouts[region];
  if (!rollout) {
    const phase = view.status?.regions.find((one) => one.region === region)?.phase ?? 'pending';
    const why = view.problems[region];
    const head = fitted([['faint', branch], `  ${region}  ${phase}`], screen.width, screen.paint);
    return why === undefined ? [head] : [head, ...told(`not to be asked now: ${why}`, 'wait', below, screen)];
  }
  const pending = view.live[region] ?? [];
  const lines: Line[] = [
    ...preparationLines(rollout, pending),
    ...rollout.steps.map(evidenceLine),
    ...nowLines(rollout, pending),
  ];
  const rows = lines.map(({ spans }) => fitted([['faint', below], ...spans], screen.width, screen.paint));
  return [headLine(rollout, branch, screen), ...rows, ...concerns(rollout, below, screen)];
}

function headLine(rollout: RolloutStatus, branch: string, { nowMs, width, paint }: Screen): string {
  const { region, phase, outcome, weightPct, attempt, phases } = rollout;
  const where = outcome ?? phase;
  const mark: Span = MARKS[where] ?? ' ';
  const since = phases.at(-1)?.atMs;
  const lasts = outcome === null && since !== undefined ? `  for ${durationText(nowMs - since)}` : '';
  const weight = outcome === null && weightPct > 0 ? `  ${weightPct} %` : '';
  const again = attempt > 1 ? `  attempt ${attempt}` : '';
  const state: Span = PHASE_TONES[where] ? [PHASE_TONES[where], where] : where;
  return fitted(
    [['faint', branch], mark, ' ', ['strong', region.padEnd(12)], ' ', state, `${weight}${again}${lasts}`],
    width,
    paint,
  );
}

/** What a person should know of a region: why, what it waits for, what is left undone. */
function concerns(rollout: RolloutStatus, below: string, screen: Screen): readonly string[] {
  const { outcome, reason, waitsFor, heldUntilMs, unreachableSinceMs, notUndone, breachAtMs, safeAtMs } = rollout;
  const lines: string[] = [];
  const say = (tone: Tone, text: string) => lines.push(...told(text, tone, below, screen));
  if (unreachableSinceMs !== null) say('bad', `unreachable since ${timeText(unreachableSinceMs)}`);
  if (outcome === null && waitsFor) say('wait', `waits for ${waitsFor}`);
  if (outcome === null && heldUntilMs !== null) say('wait', `held until ${timeText(heldUntilMs)}, then rolled back`);
  if (reason) say('bad', `${reason.kind}: ${reason.text}`);
  if (notUndone.length > 0 && rollout.phase === 'stuck') say('bad', `not undone: ${notUndone.join(', ')}`);
  else if (notUndone.length > 0) say('wait', `still to undo: ${notUndone.join(', ')}`);
  if (safeAtMs !== null) {
    const after = breachAtMs === null ? '' : `, ${durationText(safeAtMs - breachAtMs)} after the breach`;
    say('faint', `serves what it served before since ${timeText(safeAtMs)}${after}`);
  }
  return lines;
}

function told(text: string, tone: Tone, below: string, { width, paint }: Screen): readonly string[] {
  return wrapped(text, width - below.length, '').map((line) => paint('faint', below) + paint(tone, line));
}
