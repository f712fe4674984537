import { lnBeta, lnGamma, lnUpperTail, upperTailQuantile } from '../../../domain/statistics';

// Expected values: mpmath 1.3 with 40 to 60 digits.
describe('lnGamma', () => {
  it.each([
    [0.1, 2.252712651734206],
    [0.5, 0.57236494292470009],
    [1, 0],
    [2.5, 0.28468287047291916],
    [10, 12.80182748008147],
    [1e7, 151180949.36947391],
  ])('knows ln Gamma(%p)', (x, expected) => {
    expect(Math.abs(lnGamma(x) - expected)).toBeLessThan(1e-14 * Math.max(1, Math.abs(expected)));
  });
});

describe('lnBeta', () => {
  it.each([
    [3, 4, -4.0943445622221007],
    [0.025, 1.975, 3.664589941395513],
    [12, 0.5, -0.65967472313785978],
    [1e7, 3, -47.661140072314989],
    [3, 1e7, -47.661140072314989],
    [1e7, 2e7, -19095431.986221113],
  ])('knows ln B(%p, %p), small beside large too', (a, b, expected) => {
    expect(Math.abs(lnBeta(a, b) - expected)).toBeLessThan(1e-13 * Math.max(1, Math.abs(expected)));
  });
});

describe('lnUpperTail', () => {
  it.each([
    [0.5, 2, 3, -1.1631508098056809],
    [0.01, 1, 459, -4.6131041567571615],
    [0.3, 2.5, 7.25, -1.0802291200383748],
    [0.9, 3, 0.5, -0.5895361940624892],
    [0.2, 40, 60, -2.6819293623976739e-6],
    [0.5, 100, 2000, -1059.075133759813],
    [0.9, 5, 5000, -11482.454099824188],
  ])('knows ln(1 - I_%p(%p, %p)), also far below the smallest number', (x, a, b, expected) => {
    expect(Math.abs(lnUpperTail(x, a, b) / expected - 1)).toBeLessThan(1e-10);
  });

  it.each([0.1, 0.37, 0.5, 0.99])('agrees with the closed forms at %p', (x) => {
    const lower = (a: number, b: number) => -Math.expm1(lnUpperTail(x, a, b));
    expect(lower(1, 1)).toBeCloseTo(x, 13);
    expect(lower(2, 2)).toBeCloseTo(3 * x ** 2 - 2 * x ** 3, 13);
    expect(lower(5, 1)).toBeCloseTo(x ** 5, 13);
    expect(lower(1, 5)).toBeCloseTo(1 - (1 - x) ** 5, 13);
  });

  it('agrees with itself from the other side at ten million counts', () => {
    for (const x of [0.00997, 0.01, 0.01003]) {
      const upper = Math.exp(lnUpperTail(x, 1e5, 9.9e6));
      const lower = Math.exp(lnUpperTail(1 - x, 9.9e6, 1e5));
      expect(upper + lower).toBeCloseTo(1, 7);
      expect(upper).toBeGreaterThan(0.01);
      expect(lower).toBeGreaterThan(0.01);
    }
  });

  it('is certain below the range and impossible above it', () => {
    expect(lnUpperTail(0, 2, 3)).toBe(0);
    expect(lnUpperTail(1, 2, 3)).toBe(-Infinity);
  });
});

describe('upperTailQuantile', () => {
  it.each([
    [1, 459, 0.01],
    [11, 1e7, 0.005],
    [27, 26, 0.01],
    [0.5, 3, 0.2],
  ])('inverts the tail of Beta(%p, %p) at %p', (a, b, tail) => {
    expect(Math.exp(lnUpperTail(upperTailQuantile(Math.log(tail), a, b), a, b))).toBeCloseTo(tail, 9);
  });
});
