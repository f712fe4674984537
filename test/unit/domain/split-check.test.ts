import { lnSplit, splitIsBroken } from '../../../domain/split-check';
import { generator } from './judge-world';

describe('splitIsBroken', () => {
  it.each([
    ['trusts an exact split', 0.05, 500, 9500, false],
    ['trusts a split as uneven as chance makes it', 0.05, 570, 9430, false],
    ['trusts too few requests to tell', 0.05, 10, 30, false],
    ['finds a canary that gets twice its share', 0.05, 1000, 9000, true],
    ['finds a canary that gets half its share', 0.05, 500, 19_500, true],
    ['finds a canary that gets nothing', 0.05, 0, 3000, true],
    ['finds a stable that gets nothing', 0.5, 600, 0, true],
  ])('%s', (_title, share, canary, stable, broken) => {
    expect(splitIsBroken({ share, canary, stable })).toBe(broken);
  });

  it('is a fair game under the commanded share', () => {
    const e = (canary: number, stable: number) => Math.exp(lnSplit({ share: 0.25, canary, stable }));
    expect((0.25 * e(31, 80) + 0.75 * e(30, 81)) / e(30, 80)).toBeCloseTo(1, 9);
  });

  it('raises no alarm in a hundred honest splits, looked at every hundred requests', () => {
    const random = generator(20);
    for (let run = 0; run < 100; run++) {
      let canary = 0;
      for (let request = 1; request <= 5000; request++) {
        if (random() < 0.05) canary++;
        if (request % 100 === 0) expect(splitIsBroken({ share: 0.05, canary, stable: request - canary })).toBe(false);
      }
    }
  });
});
