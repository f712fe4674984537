import { MemoryInference } from '../../adapters/inference/memory';
import { inferenceLaws, rowsOf } from './inference';

const go = new AbortController().signal;

describe('the memory runtime', () => {
  inferenceLaws(async () => {
    const inference = new MemoryInference();
    inference.spoil('corrupt', 'will-not-load');
    inference.spoil('failing', 'refuses');
    const names = { sound: 'sound', second: 'second', corrupt: 'corrupt', failing: 'failing' };
    return { inference, ...names, cutOff: async () => inference.cutOff() };
  });

  it('comes back with all that was loaded', async () => {
    const inference = new MemoryInference();
    await inference.load('v1');
    inference.cutOff();
    inference.bringBack();
    await expect(inference.loaded()).resolves.toEqual(['v1']);
  });

  it('answers wrongly for a version that was spoilt so, until it is mended', async () => {
    const inference = new MemoryInference();
    await inference.load('v1');
    inference.spoil('v1', 'wrong-answers');
    await expect(inference.infer('v1', rowsOf(1), go)).resolves.toMatchObject({ outputs: [{ data: [9] }] });
    inference.spoil('v1', undefined);
    await expect(inference.infer('v1', rowsOf(1), go)).resolves.toMatchObject({ outputs: [{ data: [8] }] });
  });

  it('loads only what the cache holds', async () => {
    const inference = new MemoryInference({ isPlaced: async (name) => name === 'v1' });
    await inference.load('v1');
    await expect(inference.load('v2')).rejects.toMatchObject({ type: 'Unsupported' });
  });
});
