import { z } from 'zod';

/**
 * How closely an output must agree. `allclose`: |actual - expected| <= atol + rtol * |expected|, but for `maxViolations`
 * elements; `cosine`: of each row, at least `min`; `topk`: the share of a row's k largest that are the same, on average at
 * least `agreement`; `exact`: equal, for integers.
 */
export const comparisonSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('exact') }),
  z.strictObject({
    kind: z.literal('allclose'),
    rtol: z.number().nonnegative(),
    atol: z.number().nonnegative(),
    maxViolations: z.int().nonnegative().default(0),
  }),
  z.strictObject({ kind: z.literal('cosine'), min: z.number().min(-1).max(1) }),
  z.strictObject({ kind: z.literal('topk'), k: z.int().positive(), agreement: z.number().min(0).max(1).default(1) }),
]);
export type Comparison = z.infer<typeof comparisonSchema>;

/** What a comparison found: whether it agrees, and the worst of it as an error and what was allowed. */
export interface Agreement {
  readonly agrees: boolean;
  readonly absolute: number; // `allclose`, `exact`: |actual - expected|; `cosine`, `topk`: what is missing to 1; NaN: not a number
  readonly allowed: number;
}

/**
 * Compares one output, of rows of `width` numbers. What is NaN or infinite in the actual never agrees (NaN compares as
 * false with everything, so every check asks for what is right). Pure, total.
 */
export function compare(
  comparison: Comparison,
  actual: readonly number[],
  expected: readonly number[],
  width: number,
): Agreement {
  const broken = actual.find((value) => !Number.isFinite(value));
  if (broken !== undefined || actual.length !== expected.length) {
    return { agrees: false, absolute: broken === undefined ? NaN : Math.abs(broken), allowed: 0 };
  }
  switch (comparison.kind) {
    case 'exact':
      return closeness(actual, expected, { rtol: 0, atol: 0, maxViolations: 0 });
    case 'allclose':
      return closeness(actual, expected, comparison);
    case 'cosine':
      return worstRow(actual, expected, width, comparison.min);
    case 'topk':
      return topShare(actual, expected, width, comparison);
  }
}

/** How bad an error is against what is allowed: above 1 it is too large. NaN counts as infinitely bad. Pure. */
export function excess({ absolute, allowed }: Pick<Agreement, 'absolute' | 'allowed'>): number {
  if (!Number.isFinite(absolute)) return Infinity;
  return absolute === 0 ? 0 : absolute / allowed;
}

interface Closeness {
  readonly rtol: number;
  readonly atol: number;
  readonly maxViolations: number;
}

function closeness(actual: readonly number[], expected: readonly number[], limits: Closeness): Agreement {
  const { rtol, atol, maxViolations } = limits;
  let violations = 0;
  let worst = { absolute: 0, allowed: atol };
  for (const [i, value] of actual.entries()) {
    const one = { absolute: Math.abs(value - expected[i]!), allowed: atol + rtol * Math.abs(expected[i]!) };
    if (!(one.absolute <= one.allowed)) violations += 1;
    if (excess(one) > excess(worst)) worst = one;
  }
  return { agrees: violations <= maxViolations, ...worst };
}

function worstRow(actual: readonly number[], expected: readonly number[], width: number, min: number): Agreement {
  let worst = 1;
  for (let from = 0; from < actual.length; from += width) {
    let [dot, a, e] = [0, 0, 0];
    for (let i = from; i < from + width; i += 1) {
      dot += actual[i]! * expected[i]!;
      a += actual[i]! ** 2;
      e += expected[i]! ** 2;
    }
    const cosine = a === 0 && e === 0 ? 1 : dot / Math.sqrt(a * e); // one zero row of the two: NaN
    if (!(cosine >= worst)) worst = cosine;
    if (Number.isNaN(cosine)) break;
  }
  return { agrees: worst >= min, absolute: 1 - worst, allowed: 1 - min };
}

function topShare(
  actual: readonly number[],
  expected: readonly number[],
  width: number,
  { k, agreement }: { readonly k: number; readonly agreement: number },
): Agreement {
  let same = 0;
  let rows = 0;
  for (let from = 0; from < actual.length; from += width, rows += 1) {
    const wanted = topOf(expected.slice(from, from + width), k);
    const shared = topOf(actual.slice(from, from + width), k).filter((place) => wanted.includes(place));
    same += shared.length / wanted.length;
  }
  const share = rows === 0 ? 1 : same / rows;
  return { agrees: share >= agreement, absolute: 1 - share, allowed: 1 - agreement };
}

function topOf(row: readonly number[], k: number): number[] {
  const places = row.map((_, place) => place).sort((a, b) => row[b]! - row[a]! || a - b);
  return places.slice(0, k);
}
