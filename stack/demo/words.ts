import type { Report } from './report';
import type { StepResult } from './steps';
import type { TrafficTotal } from './traffic-monitor';

/** One table for the whole demo. Pure. */
export function closingTable(
  { promotions, traffic }: Report,
  steps: readonly StepResult[],
  total: Pick<TrafficTotal, 'requestedPerSecond'>,
): string {
  const rows = promotions.map(({ version, outcome, reason, durationMs, timeToSafeMs }) =>
    [
      version.padEnd(8),
      String(outcome).padEnd(12),
      (reason?.kind ?? '').padEnd(11),
      `${(durationMs / 1_000).toFixed(1)} s`.padStart(8),
      (timeToSafeMs === null ? '' : `${timeToSafeMs} ms`).padStart(12),
    ].join(' '),
  );
  const { errorsOnStable } = traffic;
  const ofCanaries = traffic.errors - errorsOnStable - traffic.errorsWhileDown;
  const failed = new Set(steps.filter(({ problems }) => problems.length > 0).map(({ step }) => step));
  const problems = [
    ...(failed.size > 0 ? [`NOT SO: step ${[...failed].sort().join(', ')}`] : []),
    ...(errorsOnStable > 0 ? [`NOT SO: ${errorsOnStable} requests failed on a stable version`] : []),
  ];
  const rates = `${traffic.achievedPerSecond} a second of ${total.requestedPerSecond.toFixed(1)} asked for`;
  return [
    '',
    'version  outcome      reason       duration time to safe',
    ...rows,
    '',
    `${traffic.requests} requests, ${rates}; ${traffic.errors} failed:`,
    `  ${ofCanaries} the canary's, ${traffic.errorsWhileDown} while a part was down, ${errorsOnStable} on stable`,
    ...(problems.length > 0 ? problems : ['every step did what it says']),
  ].join('\n');
}
