import fc from 'fast-check';
import { DEFAULT_LIMITS, judge, type Limits, type Look, type Verdict } from '../../../domain/judge';
import { arm, look } from './judge-world';

const counts = (requests: number, errors: number) => arm({ requests, errors });
const even = (requests: number, canary: number, stable: number, plannedLook: number | null = 1): Partial<Look> => ({
  canary: counts(requests, canary),
  stable: counts(requests, stable),
  plannedLook,
});
const frozen = (now: readonly [number, number], before: readonly [number, number]): Partial<Look> => ({
  canary: counts(...now),
  stable: counts(...before),
  baseline: 'frozen',
  weightPct: 100,
  plannedLook: 1,
});

describe('judge, passing', () => {
  it.each<[string, Partial<Look>, Verdict['kind']]>([
    ['passes when the bound is below the SLO', even(528, 0, 0), 'healthy'],
    ['does not pass one request earlier', even(527, 0, 0), 'insufficient-evidence'],
    ['does not pass between planned looks', even(9000, 0, 0, null), 'insufficient-evidence'],
    ['asks for more at the second look', even(596, 0, 0, 2), 'insufficient-evidence'],
    ['passes the second look at its own bound', even(597, 0, 0, 2), 'healthy'],
    ['does not pass on silence', even(0, 0, 0), 'insufficient-evidence'],
    ['does not pass on the estimate', even(528, 1, 1), 'insufficient-evidence'],
    ['passes above the SLO when stable is no better and errors are many', even(10_000, 300, 300), 'healthy'],
    ['does not pass on the SLO once the ratio can be known', even(100_000, 60, 40), 'insufficient-evidence'],
    ['passes a first version on the SLO alone', { ...even(528, 0, 0), stable: null, baseline: 'none' }, 'healthy'],
    ['passes a new stable below the SLO', frozen([528, 0], [900, 1]), 'healthy'],
    ['passes a new stable as good as a frozen one above the SLO', frozen([5000, 150], [9000, 270]), 'healthy'],
    [
      'does not pass one that a thin frozen baseline cannot vouch for',
      frozen([5000, 150], [300, 9]),
      'insufficient-evidence',
    ],
  ])('%s', (_title, differs, kind) => {
    expect(judge(look(differs), DEFAULT_LIMITS).kind).toBe(kind);
  });

  it('does not pass on fewer requests than the floor, even where the bound would allow it', () => {
    const lenient = { ...DEFAULT_LIMITS, sloErrorRate: 0.5 };
    expect(judge(look(even(19, 0, 0)), lenient).kind).toBe('insufficient-evidence');
    expect(judge(look(even(20, 0, 0)), lenient).kind).toBe('healthy');
  });

  it('names the ratio bound by which it passed', () => {
    const verdict = judge(look(even(10_000, 300, 300)), DEFAULT_LIMITS);
    expect(verdict).toMatchObject({ kind: 'healthy', evidence: { k: 1, ratioBound: expect.closeTo(1.234, 2) } });
  });

  it.each([
    [0, 0, 528],
    [100, 0, 428],
    [5000, 25, 0],
  ])('says how many requests are missing after %p with %p errors', (requests, errors, needRequests) => {
    const verdict = judge(look(even(requests, errors, errors, null)), DEFAULT_LIMITS);
    expect(verdict).toMatchObject({ kind: 'insufficient-evidence', needRequests });
  });

  it.each([
    ['on the SLO', 600, 2],
    ['on the ratio', 700, 20],
  ])('passes %s at the next planned look once the missing requests have come', (_title, requests, errors) => {
    const thin = judge(look(even(requests, errors, errors)), DEFAULT_LIMITS);
    const grown = requests + (thin.kind === 'insufficient-evidence' ? thin.needRequests : NaN);
    const then = Math.round((errors * grown) / requests);
    const later = (to: number) => judge(look(even(to, then, then, 2)), DEFAULT_LIMITS).kind;
    expect(later(grown)).toBe('healthy');
    expect(grown).toBeLessThan(4 * requests);
  });

  it('never passes without the bound', () => {
    let passes = 0;
    fc.assert(
      fc.property(looks, fc.constantFrom(0.005, 0.01, 0.05), (drawn, sloErrorRate) => {
        const limits = { ...DEFAULT_LIMITS, sloErrorRate };
        if (judge(drawn, limits).kind !== 'healthy') return;
        passes++;
        expect(drawn.plannedLook).not.toBeNull();
        expect(drawn.canary.requests).toBeGreaterThanOrEqual(limits.minRequests);
        expect(chanceOfSuchLuck(drawn, limits)).toBeLessThan(limits.beta / 2 ** (drawn.plannedLook ?? 0) + 1e-12);
      }),
      { seed: 8, numRuns: 3000 },
    );
    expect(passes).toBeGreaterThan(100);
  });
});

const looks: fc.Arbitrary<Look> = fc
  .record({
    total: fc.integer({ min: 0, max: 6000 }),
    weightPct: fc.constantFrom(5, 25, 50, 100),
    canaryRate: fc.constantFrom(0, 0.001, 0.01, 0.03, 0.1),
    stableRate: fc.constantFrom(0, 0.001, 0.01, 0.03, 0.1),
    baseline: fc.constantFrom('concurrent' as const, 'none' as const),
    plannedLook: fc.constantFrom(null, 1, 2, 3),
  })
  .map(({ total, weightPct, canaryRate, stableRate, baseline, plannedLook }) => {
    const requests = Math.round((total * weightPct) / 100);
    const canary = counts(requests, Math.round(requests * canaryRate));
    const others = total - requests;
    const stable = baseline === 'none' ? null : counts(others, Math.round(others * stableRate));
    return look({ canary, stable, baseline, weightPct, plannedLook });
  });

/** The chance of no more canary errors than seen if the canary were at a pass limit; the smaller of SLO and ratio, summed term by term. */
function chanceOfSuchLuck({ canary, stable, weightPct }: Look, { sloErrorRate, passRatio }: Limits): number {
  const absolute = atMost(canary.errors, canary.requests, sloErrorRate);
  if (stable === null || weightPct === 100) return absolute;
  const odds = (passRatio * weightPct) / (100 - weightPct);
  return Math.min(absolute, atMost(canary.errors, canary.errors + stable.errors, odds / (1 + odds)));
}

function atMost(hits: number, trials: number, rate: number): number {
  let lnTerm = trials * Math.log1p(-rate);
  let sum = Math.exp(lnTerm);
  for (let k = 1; k <= hits; k++) {
    lnTerm += Math.log((trials - k + 1) / k) + Math.log(rate / (1 - rate));
    sum += Math.exp(lnTerm);
  }
  return sum;
}
