import type { RolloutStatus } from '../../workflows/contract';
import type { TrafficCounts } from '../region-traffic';
import type { PromotionView } from './client';
import { perSecond } from './traffic-monitor';

const WIDTH = 79;
const MARKS: Readonly<Record<string, string>> = {
  live: '+',
  'rolled-back': '-',
  stuck: '!',
  skipped: '~',
  superseded: '~',
};

/** What the screen shows of a promotion now: promotion, wave, region, step, weights, counts, evidence, what it waits for. */
export function frame(
  view: PromotionView | undefined,
  title: string,
  traffic: readonly TrafficCounts[],
  elapsedMs: number,
): readonly string[] {
  const head = `${clock(elapsedMs)}  ${title}`;
  if (!view?.status) return [head, '', ...traffic.map(trafficLine)].map(cut);
  const { version, digest, phase, outcome, waves, wave, waitsFor, reason, timeToSafeMs } = view.status;
  const name = `fraud ${version} (${digest.slice(7, 19)})`;
  const where = outcome ?? (phase === 'rolling-out' ? `wave ${wave} of ${waves.length}` : phase);
  const lines = [head, '', `${name}  ${where}${timeToSafeMs === null ? '' : `, safe in ${timeToSafeMs} ms`}`];
  for (const [index, regions] of waves.entries()) {
    lines.push(`  wave ${index + 1}`);
    for (const region of regions) lines.push(...regionLines(region, view));
  }
  if (waitsFor) lines.push(`  waits for ${waitsFor}`);
  if (reason) lines.push(`  ${reason.kind}: ${reason.text}`);
  return [...lines, '', ...traffic.map(trafficLine)].map(cut);
}

function regionLines(region: string, { rollouts, live, status }: PromotionView): readonly string[] {
  const rollout = rollouts[region];
  if (!rollout)
    return [`    ${region.padEnd(10)} ${status?.regions.find((one) => one.region === region)?.phase ?? ''}`];
  const mark = rollout.outcome ? (MARKS[rollout.outcome] ?? ' ') : ' ';
  const state = (rollout.outcome ?? rollout.phase).padEnd(12);
  const weight = rollout.weightPct > 0 ? `${rollout.weightPct} %`.padStart(5) : '     ';
  const steps = rollout.steps.map(({ weightPct, verdict }) => `${weightPct}:${short(verdict)}`).join(' ');
  const head = `   ${mark} ${region.padEnd(10)} ${state} ${weight}  ${steps}`;
  const now = nowLine(rollout, live[region] ?? []);
  return now ? [head, `      ${now}`] : [head];
}

interface Counts {
  readonly requests: number;
  readonly errors: number;
}
interface Progress {
  readonly under?: Counts;
  readonly beside?: Counts;
  readonly bakedMs?: number;
  readonly bytesDone?: number;
  readonly bytesTotal?: number;
}

function nowLine(rollout: RolloutStatus, pending: PromotionView['live'][string]): string {
  if (rollout.outcome) return '';
  if (rollout.unreachableSinceMs !== null)
    return `unreachable since ${new Date(rollout.unreachableSinceMs).toISOString()}`;
  for (const { activity, progress } of pending) {
    const seen = (progress ?? {}) as Progress;
    if (activity === 'watch' && seen.under && seen.beside) {
      const baked = ((seen.bakedMs ?? 0) / 1_000).toFixed(0);
      return `canary ${count(seen.under)}, stable ${count(seen.beside)}, baked ${baked} s`;
    }
    if (seen.bytesDone !== undefined)
      return `${activity} ${mib(seen.bytesDone)}${seen.bytesTotal ? ` of ${mib(seen.bytesTotal)}` : ''} MiB`;
  }
  return rollout.waitsFor;
}

function trafficLine({ region, sinceMs, forMs, requested, requests, errors, beforeLive }: TrafficCounts): string {
  if (sinceMs === null) return `  ${region.padEnd(10)} no version live yet (asked ${beforeLive} times)`;
  const rates = `${perSecond(requests, forMs).toFixed(0)} a second of ${perSecond(requested, forMs).toFixed(0)}`;
  return `  ${region.padEnd(10)} ${String(requests).padStart(8)} requests, ${rates}, ${errors} failed`;
}

function count({ requests, errors }: Counts): string {
  return `${errors}/${requests}`;
}

function short(verdict: string): string {
  return verdict === 'healthy'
    ? 'ok'
    : verdict === 'regressed'
      ? 'BAD'
      : verdict === 'insufficient-evidence'
        ? '..'
        : '?';
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function cut(given: string): string {
  const line = given.trimEnd();
  return line.length > WIDTH ? `${line.slice(0, WIDTH - 1)}…` : line;
}
