import { DEFAULT_LIMITS, judge, NEVER, type Look, type Verdict } from '../../../domain/judge';
import { arm, look } from './judge-world';

type Case = readonly [title: string, differs: Partial<Look>, kind: Verdict['kind']];

const counts = (requests: number, errors: number) => arm({ requests, errors });
const beside = (canary: readonly [number, number], stable: readonly [number, number]): Partial<Look> => ({
  canary: counts(...canary),
  stable: counts(...stable),
});
const alone = (requests: number, errors: number): Partial<Look> => ({
  canary: counts(requests, errors),
  stable: null,
  baseline: 'none',
  weightPct: 100,
});
const flipped = (now: readonly [number, number], before: readonly [number, number]): Partial<Look> => ({
  ...beside(now, before),
  baseline: 'frozen',
  weightPct: 100,
});

function expectKind([, differs, kind]: Case, limits = DEFAULT_LIMITS): void {
  expect(judge(look(differs), limits).kind).toBe(kind);
}

describe('judge, alarms beside stable', () => {
  it.each<Case>([
    ['sends back a canary that fails more often', beside([100, 30], [100, 2]), 'regressed'],
    ['keeps one that fails as often, however often', beside([100, 30], [100, 31]), 'insufficient-evidence'],
    ['keeps one whose stable is worse', beside([100, 2], [100, 30]), 'insufficient-evidence'],
    ['sends back within the tolerated ratio when above the SLO', beside([100_000, 3000], [100_000, 2500]), 'regressed'],
    ['keeps within the tolerated ratio when below the SLO', beside([1e6, 5000], [1e6, 4300]), 'insufficient-evidence'],
    ['keeps an innocent canary in a shared incident', beside([2000, 400], [2000, 400]), 'insufficient-evidence'],
    ['weighs a share: the same errors at 5 % say more', { ...beside([50, 4], [950, 1]), weightPct: 5 }, 'regressed'],
    ['weighs a share: the same errors at 50 % say less', beside([500, 4], [500, 1]), 'insufficient-evidence'],
    ['adds what earlier weights said', { ...beside([300, 6], [300, 0]), carried: { lnE: [3.5] } }, 'regressed'],
    ['does not alarm on those looks alone', beside([300, 6], [300, 0]), 'insufficient-evidence'],
    [
      'remembers what speaks for the canary',
      { ...beside([100, 14], [100, 1]), carried: { lnE: [-9, 0, -9] } },
      'insufficient-evidence',
    ],
  ])('%s', (...given) => expectKind(given));

  it('splits alpha over the tests: what alarms alone does not beside three latency limits', () => {
    const three = { ...DEFAULT_LIMITS, latencyLimitsMs: [10, 20, 30] };
    const canary = arm({ requests: 50, errors: 3, slow: [0, 0, 0] });
    const stable = arm({ requests: 950, errors: 0, slow: [0, 0, 0] });
    const without = judge(
      look({ canary: { ...canary, slow: [] }, stable: { ...stable, slow: [] }, weightPct: 5 }),
      DEFAULT_LIMITS,
    );
    expect(without).toMatchObject({ kind: 'regressed', evidence: { alphaPerTest: 0.005 } });
    const verdict = judge(look({ canary, stable, weightPct: 5, carried: { lnE: [-0.5] } }), three);
    expect(verdict).toMatchObject({ kind: 'insufficient-evidence', evidence: { alphaPerTest: 0.002 } });
  });

  it.each([
    [5.39, 'insufficient-evidence'],
    [5.41, 'regressed'],
  ])('keeps a tenth of alpha for frozen baselines: ln E %p is %s', (lnE, kind) => {
    expect(judge(look({ carried: { lnE: [lnE] } }), DEFAULT_LIMITS).kind).toBe(kind);
  });

  it('one client alone does not trip the absolute guard', () => {
    const canary = arm({ requests: 100_000, errors: 3000, distinctClients: 1 });
    expectKind(['', { canary, stable: counts(100_000, 2500) }, 'insufficient-evidence']);
  });
});

describe('judge, latency', () => {
  const limits = { ...DEFAULT_LIMITS, latencyLimitsMs: [50, 200] };
  const slow = (requests: number, at50: number, at200: number) => arm({ requests, slow: [at50, at200] });

  it.each<Case>([
    [
      'sends back a canary slower than the first limit',
      { canary: slow(500, 60, 0), stable: slow(500, 9, 0) },
      'regressed',
    ],
    [
      'sends back a canary slower than the last limit',
      { canary: slow(500, 9, 40), stable: slow(500, 9, 1) },
      'regressed',
    ],
    ['keeps one as slow as stable', { canary: slow(500, 60, 30), stable: slow(500, 61, 29) }, 'insufficient-evidence'],
    ['keeps what the first version takes', { ...alone(1, 0), canary: slow(400, 400, 400) }, 'insufficient-evidence'],
    [
      'sends back a new stable slower than the frozen one',
      { ...flipped([0, 0], [0, 0]), canary: slow(800, 160, 0), stable: slow(3000, 150, 0) },
      'regressed',
    ],
    [
      'keeps a new stable as slow as the frozen one',
      { ...flipped([0, 0], [0, 0]), canary: slow(800, 45, 0), stable: slow(3000, 150, 0) },
      'insufficient-evidence',
    ],
  ])('%s', (...given) => expectKind(given, limits));

  it('names the limit that was missed', () => {
    const verdict = judge(look({ canary: slow(500, 9, 40), stable: slow(500, 9, 1) }), limits);
    expect(verdict).toMatchObject({ reasons: [expect.stringContaining('slower than 200 ms: 40 of 500')] });
  });
});

describe('judge, alarms without a stable beside', () => {
  const strict = { ...DEFAULT_LIMITS, sloErrorRate: 0.001 };

  it.each<Case>([
    ['sends back a first version above the SLO', alone(200, 20), 'regressed'],
    ['keeps a first version at the SLO', alone(1000, 10), 'insufficient-evidence'],
    ['sends back a canary that gets all traffic', { ...beside([200, 20], [0, 0]), weightPct: 100 }, 'regressed'],
    ['sends back a new stable above the SLO and above the frozen one', flipped([500, 50], [2000, 20]), 'regressed'],
    [
      'keeps a new stable that fails as often as the frozen one',
      flipped([1000, 40], [4000, 160]),
      'insufficient-evidence',
    ],
    [
      'keeps a new stable below the SLO though above the frozen one',
      flipped([1000, 8], [9000, 1]),
      'insufficient-evidence',
    ],
    ['keeps a new stable within the tolerated ratio', flipped([1e5, 6000], [1e5, 5000]), 'insufficient-evidence'],
    ['does not let a thin baseline excuse a failing version', flipped([200, 30], [19, 19]), 'regressed'],
  ])('%s', (...given) => expectKind(given));

  it.each<Case>([
    ['fires at the floors of the guard', alone(20, 3), 'regressed'],
    ['waits for the floor of requests', alone(19, 3), 'insufficient-evidence'],
    ['waits for the floor of errors', alone(20, 2), 'insufficient-evidence'],
    [
      'waits for the floor of clients',
      { ...alone(20, 3), canary: arm({ requests: 20, errors: 3, distinctClients: 1 }) },
      'insufficient-evidence',
    ],
    [
      'takes the floor of clients',
      { ...alone(20, 3), canary: arm({ requests: 20, errors: 3, distinctClients: 2 }) },
      'regressed',
    ],
  ])('%s', (...given) => expectKind(given, strict));
});

describe('judge, order of verdicts', () => {
  const k = { plannedLook: 1 };

  it.each<Case>([
    ['holds when the arms do not get their shares', beside([9000, 0], [1000, 0]), 'invalid-experiment'],
    ['does not pass an experiment that is not valid', { ...beside([9000, 0], [1000, 0]), ...k }, 'invalid-experiment'],
    ['sends back first, whatever the split', beside([9000, 900], [1000, 0]), 'regressed'],
    ['knows no split without a stable beside', { ...alone(9000, 0), ...k }, 'healthy'],
    ['knows no split at 100 %', { ...beside([9000, 0], [0, 0]), ...k, weightPct: 100 }, 'healthy'],
    ['knows no split after the flip', { ...flipped([9000, 0], [400, 0]), ...k, weightPct: 50 }, 'healthy'],
    ['sends back at a planned look too', { ...beside([2000, 100], [2000, 20]), ...k }, 'regressed'],
  ])('%s', (...given) => expectKind(given));

  it('hands its numbers on with every verdict but a fault', () => {
    const verdict = judge(look({ ...beside([600, 1], [600, 2]), plannedLook: 2 }), DEFAULT_LIMITS);
    expect(verdict).toMatchObject({
      kind: 'insufficient-evidence',
      evidence: { canary: { requests: 600, errors: 1 }, stable: { errors: 2 }, weightPct: 50, k: 2, ratioBound: null },
    });
    expect(verdict.kind !== 'provider-error' && verdict.evidence.absoluteBound).toBeCloseTo(0.0136047, 6);
    expect(verdict.kind !== 'provider-error' && verdict.evidence.lnE).toHaveLength(3);
  });

  it('says that no number of requests is enough at such a rate', () => {
    const verdict = judge(look({ ...alone(1000, 10), plannedLook: 1 }), DEFAULT_LIMITS);
    expect(verdict).toMatchObject({ kind: 'insufficient-evidence', needRequests: NEVER });
  });
});
