import { compare, comparisonSchema, excess, type Comparison } from '../../../distribution/golden-comparison';

const close: Comparison = { kind: 'allclose', rtol: 0.1, atol: 1, maxViolations: 0 };

describe('compare', () => {
  it.each<[string, Comparison, number[], number[], boolean]>([
    ['agrees within atol plus rtol', close, [102], [100 + 13], true],
    ['disagrees beyond atol plus rtol', close, [100], [113], false],
    ['lets as many elements off as it says', { ...close, maxViolations: 1 }, [0, 9], [5, 9], true],
    ['lets no more off than it says', { ...close, maxViolations: 1 }, [0, 0], [5, 5], false],
    ['needs both: atol alone does not save large numbers', { ...close, rtol: 0 }, [1e6], [1e6 + 2], false],
    ['needs both: rtol alone does not save numbers near zero', { ...close, atol: 0 }, [1e-9], [0], false],
    ['finds equal integers exact', { kind: 'exact' }, [1, 2], [1, 2], true],
    ['finds unequal integers not exact', { kind: 'exact' }, [1, 2], [1, 3], false],
    ['finds a scaled row alike by cosine', { kind: 'cosine', min: 0.999 }, [1, 2, 2, 4], [2, 4, 1, 2], true],
    [
      'finds one turned row of two unlike by cosine',
      { kind: 'cosine', min: 0.999 },
      [1, 2, 2, -4],
      [2, 4, 1, 2],
      false,
    ],
    ['finds a zero row unlike any other by cosine', { kind: 'cosine', min: -1 }, [0, 0], [1, 1], false],
    ['finds two zero rows alike by cosine', { kind: 'cosine', min: 1 }, [0, 0], [0, 0], true],
    ['sees the same leader', { kind: 'topk', k: 1, agreement: 1 }, [0.9, 0.1], [0.6, 0.4], true],
    ['sees another leader', { kind: 'topk', k: 1, agreement: 1 }, [0.1, 0.9], [0.6, 0.4], false],
    ['sees half of the leaders agree', { kind: 'topk', k: 1, agreement: 0.5 }, [1, 0, 1, 0], [1, 0, 0, 1], true],
    ['sees too few of the leaders agree', { kind: 'topk', k: 1, agreement: 0.6 }, [1, 0, 1, 0], [1, 0, 0, 1], false],
  ])('%s', (_title, comparison, actual, expected, agrees) => {
    expect(compare(comparison, actual, expected, 2).agrees).toBe(agrees);
  });

  const kinds: Comparison[] = [
    { kind: 'exact' },
    { kind: 'allclose', rtol: 1e9, atol: 1e9, maxViolations: 1e9 },
    { kind: 'cosine', min: -1 },
    { kind: 'topk', k: 1, agreement: 0 },
  ];
  for (const broken of [NaN, Infinity, -Infinity]) {
    it.each(kinds)(`never agrees with ${broken}, however wide the limits: $kind`, (comparison) => {
      const found = compare(comparison, [0, broken], [0, 0], 2);
      expect(found.agrees).toBe(false);
      expect(excess(found)).toBe(Infinity);
    });
  }

  it.each(kinds)('never agrees on another number of elements: $kind', (comparison) => {
    expect(compare(comparison, [1], [1, 1], 1).agrees).toBe(false);
  });

  it('names the element that is worst against what it is allowed, not the one furthest off', () => {
    expect(compare(close, [1_050, 4], [1_000, 1], 1)).toEqual({ agrees: false, absolute: 3, allowed: 1.1 });
  });
});

describe('comparisonSchema', () => {
  it.each([
    { kind: 'kl', max: 1 },
    { kind: 'allclose', rtol: 1 },
    { kind: 'allclose', rtol: -1, atol: 0 },
    { kind: 'topk', k: 0 },
    { kind: 'exact', rtol: 1 },
  ])('refuses %j', (comparison) => {
    expect(comparisonSchema.safeParse(comparison).success).toBe(false);
  });
});
