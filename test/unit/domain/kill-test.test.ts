import { lnKill, shareOfErrors } from '../../../domain/kill-test';

describe('lnKill', () => {
  it.each([
    [0.1, 1.25, 3, 0, 3.961914],
    [0.1, 1.25, 6, 6, 4.08183],
    [0.1, 1.25, 1, 9, -0.921918],
    [0.5, 1.25, 20, 3, 4.35903],
  ])(
    'matches the reference at share %p, ratio %p, %p canary and %p stable errors',
    (share, ratio, hits, misses, lnE) => {
      expect(lnKill({ theta0: shareOfErrors(share, ratio), hits, misses })).toBeCloseTo(lnE, 5);
    },
  );

  it.each([
    [100_300, 9_899_700, -5.91450247446474],
    [99_000, 9_901_000, -8.33725000510707],
  ])('stays exact at ten million counts (%p hits, %p misses)', (hits, misses, lnE) => {
    expect(lnKill({ theta0: 0.01, hits, misses })).toBeCloseTo(lnE, 7);
  });

  it('starts at an E of one', () => {
    expect(lnKill({ theta0: 0.2, hits: 0, misses: 0 })).toBe(0);
  });

  it('is a fair game at the tolerated share: the next E is on average the present one or less', () => {
    for (const theta0 of [0.01, 0.2, 0.7]) {
      for (const [hits, misses] of [
        [0, 0],
        [3, 1],
        [1, 30],
        [40, 40],
      ] as const) {
        const next = (hit: number) => Math.exp(lnKill({ theta0, hits: hits + hit, misses: misses + 1 - hit }));
        const mean = theta0 * next(1) + (1 - theta0) * next(0);
        expect(mean / Math.exp(lnKill({ theta0, hits, misses }))).toBeCloseTo(1, 9);
      }
    }
  });

  it('rises with a hit and falls with a miss', () => {
    const now = lnKill({ theta0: 0.1, hits: 5, misses: 20 });
    expect(lnKill({ theta0: 0.1, hits: 6, misses: 20 })).toBeGreaterThan(now);
    expect(lnKill({ theta0: 0.1, hits: 5, misses: 21 })).toBeLessThan(now);
  });

  it('finds nothing where every share is tolerated', () => {
    expect(lnKill({ theta0: 1, hits: 50, misses: 0 })).toBe(0);
    expect(lnKill({ theta0: 1.4, hits: 50, misses: 1 })).toBe(0);
  });
});
