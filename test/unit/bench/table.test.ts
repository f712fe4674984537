import { failedRow } from '../../../bench/run-all';
import { ownRow, quantile } from '../../../bench/statistics';
import { tableOf, wrapped } from '../../../bench/table';
import { SCENARIOS, scenarioOf } from '../../../bench/scenarios';

const ROW = {
  measure: 'gateway latency p50, ms',
  ours: 2.5,
  peers: { haproxy: 2, direct: 1 },
  ratioToBest: 1.25,
  aim: 'at most 1.5 x haproxy',
  met: true,
};

describe('a bench', () => {
  it.each([
    [1, 0.5, 1],
    [4, 0.5, 2],
    [200, 0.99, 198],
    [2, 1, 2],
  ])('takes quantiles by nearest rank: of %p to 1, at %p', (most, share, expected) => {
    expect(
      quantile(
        Array.from({ length: most }, (_, at) => most - at),
        share,
      ),
    ).toBe(expected);
  });

  it.each([
    [2.99, true],
    [3, false],
    [Number.NaN, false],
  ])('meets an aim only below it: %p', (value, met) => {
    expect(ownRow('breach to safe, p99 s', value, { below: 3 }).met).toBe(met);
  });

  it('shows rows in 80 columns, peers below, and what is missed in capitals', () => {
    const lines = tableOf([ROW, { ...ROW, met: false, peers: {} }]).split('\n');
    expect(lines.every((line) => line.length <= 80)).toBe(true);
    expect(lines[1]).toMatch(/^gateway latency p50, ms +2\.5 +1\.25 at most 1\.5 x haproxy yes$/);
    expect(lines[2]).toBe('  haproxy 2, direct 1');
    expect(lines[3]).toMatch(/NO$/);
  });

  it('shows what failed with its reason below, in 80 columns', () => {
    const lines = tableOf([failedRow('gateway', new Error(`${'haproxy does not start '.repeat(9)}`))]).split('\n');
    expect(lines[1]).toMatch(/^gateway: failed +- +- - +NO$/);
    expect(lines[2]).toMatch(/^ {2}haproxy does not start/);
    expect(lines.every((line) => line.length <= 80)).toBe(true);
  });

  it('says what each scenario measures in 80 columns, and which there are', () => {
    const lines = SCENARIOS.flatMap(({ description }) => wrapped(description, '  ').split('\n'));
    expect(lines.filter((line) => line.length > 80 || !line.startsWith('  '))).toEqual([]);
    expect(() => scenarioOf('speed')).toThrow('no scenario speed: there are breach-to-safe, abort-to-safe');
  });
});
