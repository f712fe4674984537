import fc from 'fast-check';
import { DEFAULT_LIMITS, judge, type Limits, type Look } from '../../../domain/judge';
import { arm, look } from './judge-world';

const good = look({ canary: arm({ requests: 900 }), stable: arm({ requests: 900 }), plannedLook: 1 });
const slowLimits = { ...DEFAULT_LIMITS, latencyLimitsMs: [100] };

describe('judge, counts that cannot be true', () => {
  it('has a good look to spoil', () => {
    expect(judge(good, DEFAULT_LIMITS).kind).toBe('healthy');
  });

  it.each<[string, Partial<Look>, string]>([
    ['missing requests', { canary: arm({ requests: NaN }) }, 'requests: NaN'],
    ['missing errors', { canary: arm({ requests: 900, errors: NaN }) }, 'errors: NaN'],
    ['negative errors', { canary: arm({ requests: 900, errors: -1 }) }, 'errors: -1'],
    ['half a request', { canary: arm({ requests: 900.5 }) }, '900.5'],
    ['endless requests', { canary: arm({ requests: Infinity }) }, 'Infinity'],
    ['more errors than requests', { canary: arm({ requests: 5, errors: 6 }) }, '6 of only 5'],
    ['a stable with more errors than requests', { stable: arm({ requests: 5, errors: 6 }) }, 'stable: errors: 6'],
    ['missing clients', { canary: arm({ requests: 900, distinctClients: NaN }) }, 'clients: NaN'],
    ['slow counts that nobody asked for', { canary: arm({ requests: 900, slow: [1] }) }, '1 slow counts for 0'],
    ['no stable beside the canary', { stable: null }, 'concurrent'],
    ['a stable where there is none', { baseline: 'none' }, 'none'],
    ['a weight of nothing', { weightPct: 0 }, 'weight 0'],
    ['a weight above all', { weightPct: 101 }, 'weight 101'],
    ['a missing weight', { weightPct: NaN }, 'weight NaN'],
    ['a broken memory', { carried: { lnE: [NaN] } }, 'carried'],
    ['the memory of other limits', { carried: { lnE: [0, 0, 0, 0] } }, 'other limits'],
    ['a look before the first', { plannedLook: 0 }, 'planned look 0'],
    ['a missing look', { plannedLook: NaN }, 'planned look NaN'],
  ])('answers provider-error to %s', (_title, differs, reason) => {
    const verdict = judge({ ...good, ...differs }, DEFAULT_LIMITS);
    expect(verdict.kind).toBe('provider-error');
    expect('reasons' in verdict && verdict.reasons.join('; ')).toContain(reason);
  });

  it.each([
    ['NaN', NaN],
    ['more than there were requests', 901],
    ['negative', -1],
  ])('answers provider-error to slow counts that are %s', (_title, count) => {
    const given = { ...good, canary: arm({ requests: 900, slow: [count] }), stable: arm({ requests: 900, slow: [0] }) };
    expect(judge(given, slowLimits).kind).toBe('provider-error');
  });

  it.each<Partial<Limits>>([
    { alpha: NaN },
    { alpha: 0 },
    { beta: 1 },
    { sloErrorRate: 0 },
    { toleratedRatio: 0.9 },
    { passRatio: 1 },
    { passRatio: Infinity },
    { minRequests: NaN },
    { minErrors: -1 },
    { minClients: 1.5 },
  ])('answers provider-error to the limits %p', (differs) => {
    expect(judge(good, { ...DEFAULT_LIMITS, ...differs }).kind).toBe('provider-error');
  });

  it('answers provider-error to more than three latency limits', () => {
    const slow = [0, 0, 0, 0];
    const given = { ...good, canary: arm({ requests: 900, slow }), stable: arm({ requests: 900, slow }) };
    expect(judge(given, { ...DEFAULT_LIMITS, latencyLimitsMs: [1, 2, 3, 4] }).kind).toBe('provider-error');
  });

  it('answers to whatever it is given, and says the same through JSON', () => {
    const wild = fc.oneof(fc.integer({ min: -2, max: 60 }), fc.integer({ min: 0, max: 1e7 }), fc.double());
    const anyArm = fc.record({
      requests: wild,
      errors: wild,
      slow: fc.array(wild, { maxLength: 2 }),
      distinctClients: wild,
    });
    const anyLook = fc.record({
      canary: anyArm,
      stable: fc.option(anyArm),
      baseline: fc.constantFrom('concurrent' as const, 'frozen' as const, 'none' as const),
      weightPct: wild,
      carried: fc.record({ lnE: fc.array(wild, { maxLength: 5 }) }),
      plannedLook: fc.option(wild),
    });
    fc.assert(
      fc.property(anyLook, (given) => {
        const verdict = judge(given, slowLimits);
        expect(JSON.parse(JSON.stringify(verdict))).toEqual(verdict);
      }),
      { seed: 4, numRuns: 1000 },
    );
  });
});
