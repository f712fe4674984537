import { emptyRow } from '../../../../domain/route-node';
import type { Route } from '../../../../domain/route';
import { chosen, hashOf, mirrored, placeOf } from '../../../../serving/gateway/split';
import { canaryOf, MODEL, NEW, OLD } from '../../../support/gateway';

const route = (more: Partial<Route>): Route => ({ ...emptyRow(MODEL).route, ...more });
const clients = Array.from({ length: 10_000 }, (_, client) => hashOf(`client-${client}`));

describe('the split', () => {
  it('has no version for anybody while nothing is live', () => {
    expect(chosen(route({ stable: null }), 0)).toBeUndefined();
  });

  it('serves stable alone without a canary, and while a canary is only mirrored', () => {
    expect(chosen(route({ stable: OLD }), 0)).toEqual({ digest: OLD, arm: 'stable' });
    const mirroring = route({ stable: OLD, canary: canaryOf(50, { mode: 'mirror' }) });
    expect(chosen(mirroring, 0)).toEqual({ digest: OLD, arm: 'stable' });
    expect(mirrored(mirroring, 0.49)).toEqual({ digest: NEW, arm: 'mirror' });
    expect(mirrored(mirroring, 0.5)).toBeUndefined();
    expect(mirrored(route({ stable: OLD, canary: canaryOf(50) }), 0)).toBeUndefined();
  });

  it.each([1, 5, 25, 50, 99])('gives the canary the draws below %i percent', (weightPct) => {
    const split = route({ stable: OLD, canary: canaryOf(weightPct) });
    expect(chosen(split, weightPct / 100 - 1e-9)?.arm).toBe('canary');
    expect(chosen(split, weightPct / 100 + 1e-9)?.arm).toBe('stable');
  });

  it('spreads clients evenly over their places, for each canary anew', () => {
    for (const share of [0.05, 0.25, 0.5]) {
      for (const digest of [NEW, OLD]) {
        const inside = clients.filter((client) => placeOf(client, digest) < share).length;
        const sigma = Math.sqrt(clients.length * share * (1 - share));
        expect(Math.abs(inside - clients.length * share)).toBeLessThan(4 * sigma);
      }
    }
    const both = clients.filter((client) => placeOf(client, NEW) < 0.5 && placeOf(client, OLD) < 0.5).length;
    expect(Math.abs(both - 2_500)).toBeLessThan(4 * Math.sqrt(10_000 * 0.25 * 0.75));
  });

  it('never takes a client back from the canary while its weight rises', () => {
    const arms = (weightPct: number) =>
      clients.map((client) => chosen(route({ stable: OLD, canary: canaryOf(weightPct) }), placeOf(client, NEW))?.arm);
    const steps = [1, 5, 25, 50, 99].map(arms);
    for (let step = 1; step < steps.length; step++) {
      const back = clients.filter((_, at) => steps[step - 1]?.[at] === 'canary' && steps[step]?.[at] === 'stable');
      expect(back).toEqual([]);
    }
  });
});
