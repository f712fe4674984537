import { patiently } from '../../../stack/patience';

describe('who is asked patiently', () => {
  const after = (misses: readonly (number | Error)[]) => {
    const left = [...misses];
    return async () => {
      const miss = left.shift();
      if (miss instanceof Error) throw miss;
      return miss ?? 7;
    };
  };

  it('may answer late, wrong or with an error before', async () => {
    const ask = after([new Error('it starts'), 3, new Error('it is busy'), 4]);
    await expect(patiently(ask, (answer) => answer === 7, 60_000, 1)).resolves.toBe(7);
  });

  it('is heard as it is once the time is over', async () => {
    await expect(patiently(after([3]), (answer) => answer === 7, 0, 1)).resolves.toBe(3);
    const gone = after([new Error('it is gone')]);
    await expect(patiently(gone, () => true, 0, 1)).rejects.toThrow('it is gone');
  });
});
