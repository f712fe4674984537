import type { Report } from '../../../../stack/demo/report';
import type { StepResult } from '../../../../stack/demo/steps';
import { JsonTelling } from '../../../../stack/demo/telling';
import { TrafficMonitor } from '../../../../stack/demo/traffic-monitor';
import { closingTable } from '../../../../stack/demo/words';

const total = { requests: 9, errors: 0, unanswered: 0, requestedPerSecond: 1, achievedPerSecond: 1 };
const report = (errorsOnStable: number): Report => ({
  servers: { temporal: 't', objectStore: 's', registry: 'r', runtime: 'n' },
  ...{ setupMs: 1, readyMs: 1, promotions: [] },
  traffic: { requests: 9, errors: errorsOnStable, errorsOnStable, errorsWhileDown: 0, achievedPerSecond: 1 },
});
const step = (number: number, problems: readonly string[] = []): StepResult => ({
  ...{ step: number, version: null, title: 'x', problems },
});

describe('the end of a demo', () => {
  const GOOD = 'every step did what it says';
  it.each([
    [0, [step(1), step(2)], [GOOD]],
    [3, [step(1)], ['NOT SO: 3 requests failed on a stable version']],
    [0, [step(7, ['x']), step(4, ['x'])], ['NOT SO: step 4, 7']],
    [1, [step(5, ['x'])], ['NOT SO: step 5', 'NOT SO: 1 requests failed on a stable version']],
  ])('with %i requests that failed on a stable version is said as it was', (errors, steps, words) => {
    const lines = closingTable(report(errors), steps, total).split('\n');
    expect(lines.filter((line) => line.startsWith('NOT SO') || line === GOOD)).toEqual(words);
  });

  it.each([true, false])('is told to a machine: ok is %s', (ok) => {
    const lines: string[] = [];
    new JsonTelling((line) => lines.push(line)).ended({ ok, report: report(0), steps: [], total });
    expect(JSON.parse(lines.join(''))).toMatchObject({ event: 'ended', ok });
  });
});

describe('the applications of a demo', () => {
  it('are counted by their own lines, whatever else is said beside them', () => {
    const monitor = new TrafficMonitor({}, 1, {});
    const counts = [{ region: 'eu-north', requests: 9 }];
    const lines = [JSON.stringify({ counts, failures: [{ region: 'eu-north' }] }), '(node:7) Warning: x', 'null', ''];
    for (const line of lines) monitor.spec.onLine?.(line);
    expect(monitor.counts).toEqual(counts);
    expect(monitor.failures).toHaveLength(1);
  });
});
