import { DEFAULT_LIMITS, NEVER, requestsToPass } from '../../../domain/judge';
import { betaOfLook, ratioMeansSomething } from '../../../domain/pass';
import { isBelow, lowerBound, upperBound } from '../../../domain/pass-bound';

/** The smallest number of requests without an error whose upper bound is below the limit. */
function cleanRequests(limit: number, beta: number): number {
  let trials = 1;
  while (!isBelow({ hits: 0, trials }, limit, beta)) trials++;
  return trials;
}

describe('the Clopper-Pearson bounds', () => {
  it.each([
    [459, 0.01, 0.01],
    [90, 0.05, 0.01],
    [59, 0.05, 0.05],
  ])('need %p clean requests to be below %p at beta %p', (requests, limit, beta) => {
    expect(cleanRequests(limit, beta)).toBe(requests);
  });

  // P(X <= hits) at the upper bound is beta; closed forms and a direct sum over the binomial.
  it.each([
    [0, 100, 0.01],
    [3, 1000, 0.005],
    [26, 52, 0.01],
    [9, 10, 0.05],
  ])('leave exactly beta beyond them (%p of %p at %p)', (hits, trials, beta) => {
    expect(atMost(hits, trials, upperBound({ hits, trials }, beta))).toBeCloseTo(beta, 9);
    if (hits > 0) expect(1 - atMost(hits - 1, trials, lowerBound({ hits, trials }, beta))).toBeCloseTo(beta, 9);
  });

  it('know nothing without trials, and nothing good when all of them are hits', () => {
    expect(upperBound({ hits: 0, trials: 0 }, 0.01)).toBe(1);
    expect(upperBound({ hits: 9, trials: 9 }, 0.01)).toBe(1);
    expect(lowerBound({ hits: 0, trials: 0 }, 0.01)).toBe(0);
    expect(isBelow({ hits: 0, trials: 0 }, 0.99, 0.01)).toBe(false);
    expect(isBelow({ hits: 9, trials: 9 }, 2, 0.01)).toBe(false);
  });

  it('agree with the quick answer whether the bound is below a limit', () => {
    const rate = { hits: 7, trials: 900 };
    const bound = upperBound(rate, 0.01);
    expect(isBelow(rate, bound * 1.000001, 0.01)).toBe(true);
    expect(isBelow(rate, bound * 0.999999, 0.01)).toBe(false);
  });
});

describe('ratioMeansSomething', () => {
  it.each([
    [0.05, 207],
    [0.25, 64],
    [0.5, 52],
  ])('lets the ratio decide at share %p from about %p errors', (share, errors) => {
    const ask = (seen: number) => ratioMeansSomething({ errors: seen, share, passRatio: 2, beta: 0.01 });
    expect(ask(errors)).toBe(true);
    expect(ask(errors - 1)).toBe(false);
    expect(ask(Math.round(errors * 0.9))).toBe(false);
    expect(ask(Math.round(errors * 1.25))).toBe(true);
  });

  it('never lets it decide without errors', () => {
    expect(ratioMeansSomething({ errors: 0, share: 0.5, passRatio: 2, beta: 0.01 })).toBe(false);
  });
});

describe('requestsToPass', () => {
  it.each([
    [1, 5, 528, 10_560],
    [2, 5, 597, 11_940],
    [1, 100, 528, 528],
  ])('forecasts look %p at %p %%', (k, weightPct, canary, total) => {
    expect(requestsToPass(DEFAULT_LIMITS, k, weightPct)).toEqual({ canary, total });
  });

  it('forecasts no fewer than the floor', () => {
    expect(requestsToPass({ ...DEFAULT_LIMITS, sloErrorRate: 0.9 }, 1, 50)).toEqual({ canary: 20, total: 40 });
  });

  it('says so when an SLO is out of reach', () => {
    expect(requestsToPass({ ...DEFAULT_LIMITS, sloErrorRate: 1e-12 }, 1, 50)).toEqual({ canary: NEVER, total: NEVER });
  });

  it('spends beta once over all looks', () => {
    let spent = 0;
    for (let k = 1; k <= 60; k++) spent += betaOfLook(DEFAULT_LIMITS, k);
    expect(spent).toBeCloseTo(DEFAULT_LIMITS.beta, 12);
  });
});

function atMost(hits: number, trials: number, rate: number): number {
  let term = Math.pow(1 - rate, trials);
  let sum = term;
  for (let k = 1; k <= hits; k++) {
    term *= ((trials - k + 1) / k) * (rate / (1 - rate));
    sum += term;
  }
  return sum;
}
