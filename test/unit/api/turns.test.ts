import { Turns } from '../../../api/turns';

describe('the engine', () => {
  it('lets eight updates of a workflow run at a time, the others after them in order, and those of another beside them', async () => {
    const turns = new Turns();
    const [started, ends]: [number[], (() => void)[]] = [[], []];
    const call = (number: number) => {
      started.push(number);
      return new Promise<number>((resolve) => ends.push(() => resolve(number)));
    };
    const all = Array.from({ length: 20 }, (_, number) => turns.take('line/fraud', () => call(number)));
    await settled();
    expect(started).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    await expect(turns.take('line/other', async () => 'beside')).resolves.toBe('beside');
    while (started.length < 20) {
      ends.shift()?.();
      await settled();
    }
    expect(started).toEqual(Array.from({ length: 20 }, (_, number) => number));
    for (const end of ends) end();
    expect(await Promise.all(all)).toEqual(started);
  });

  it('gives the place of an update that failed to the next', async () => {
    const turns = new Turns();
    const failing = Array.from({ length: 9 }, () =>
      turns.take('line/fraud', () => Promise.reject(new Error('refused'))),
    );
    expect((await Promise.allSettled(failing)).map(({ status }) => status)).toEqual(failing.map(() => 'rejected'));
    await expect(turns.take('line/fraud', async () => 'done')).resolves.toBe('done');
  });
});

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
