const { exp, expm1, log, log1p, max, min } = Math;

/** Coefficients of Stirling's series for ln Gamma, in 1/x, 1/x^3, ... (NIST DLMF 5.11.1). */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156];
const STIRLING_FROM = 10; // from here the first term left out is below 1e-16
const SMALLEST = 1e-300; // keeps the continued fraction away from a division by zero
const PRECISION = 1e-15; // a term that changes the fraction by less is the last
const MAX_TERMS = 100_000; // the fraction needs about sqrt(a + b) terms: enough for counts far above 1e7

/** ln Gamma(x) for x > 0, to about 1e-15 of its size. Pure. */
export function lnGamma(x: number): number {
  let product = 1;
  let at = x;
  while (at < STIRLING_FROM) product *= at++;
  return (at - 0.5) * log(at) - at + 0.5 * log(2 * Math.PI) + stirlingRest(at) - log(product);
}

/** ln B(a, b) for a, b > 0, without the cancellation of three large ln Gammas (as TOMS 708 does). Pure. */
export function lnBeta(a: number, b: number): number {
  const small = min(a, b);
  const large = max(a, b);
  if (large < STIRLING_FROM) return lnGamma(a) + lnGamma(b) - lnGamma(a + b);
  const quotient = (large + small - 0.5) * log1p(small / large) + small * log(large) - small;
  return lnGamma(small) - quotient + stirlingRest(large) - stirlingRest(large + small);
}

/**
 * ln(1 - I_x(a, b)): the upper tail of Beta(a, b), a and b > 0. Stays exact where the tail itself is below the smallest number.
 * Continued fraction of the regularised incomplete beta function: NIST DLMF 8.17.22. Pure.
 */
export function lnUpperTail(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return -Infinity;
  const lnPower = a * log(x) + b * log1p(-x) - lnBeta(a, b);
  if (x > (a + 1) / (a + b + 2)) return lnPower - log(b) + log(fraction(1 - x, b, a));
  return lnOneMinusExp(lnPower - log(a) + log(fraction(x, a, b)));
}

/** The x at which `lnUpperTail(x, a, b)` falls to `lnTail` (< 0); never below the true one by more than rounding. Pure. */
export function upperTailQuantile(lnTail: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  while (high - low > 1e-14 * high) {
    const middle = (low + high) / 2;
    if (lnUpperTail(middle, a, b) > lnTail) low = middle;
    else high = middle;
  }
  return high;
}

function stirlingRest(x: number): number {
  let sum = 0;
  for (let term = STIRLING.length - 1; term >= 0; term--) sum = sum / (x * x) + (STIRLING[term] ?? 0);
  return sum / x;
}

/** ln(1 - e^v) for v <= 0, exact at both ends (Maechler, "Accurately computing log(1 - exp(-|a|))", 2012). */
function lnOneMinusExp(v: number): number {
  return v > -Math.LN2 ? log(-expm1(min(v, 0))) : log1p(-exp(v));
}

/** The continued fraction of I_x(a, b) by Lentz's method; quick for x <= (a + 1) / (a + b + 2). */
function fraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= MAX_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / awayFromZero(1 + even * d);
    c = awayFromZero(1 + even / c);
    value *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / awayFromZero(1 + odd * d);
    c = awayFromZero(1 + odd / c);
    const change = c * d;
    value *= change;
    if (change > 1 - PRECISION && change < 1 + PRECISION) break;
  }
  return value;
}

function awayFromZero(value: number): number {
  return value > -SMALLEST && value < SMALLEST ? SMALLEST : value;
}
