/** @jest-environment ./test/support/native-arrays-environment.js */
import { OipInference } from '../../adapters/inference/oip';
import { startRuntime, type Runtime } from '../../serving/runtime/server';
import { modelRepository, rowSums, rowSumsOfTwo, TOKEN } from '../support/model-repository';
import { inferenceLaws, rowsOf } from './inference';

const go = new AbortController().signal;
const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

describe.each([1, 2])('Open Inference Protocol over %i runtimes', (count) => {
  inferenceLaws(async () => {
    const { inference, runtimes } = await region(count);
    const names = { sound: 'sound', second: 'second', corrupt: 'corrupt', failing: 'failing' };
    const cutOff = async () => {
      open.splice(open.indexOf(runtimes[0]!), 1);
      await runtimes[0]!.close();
    };
    return { inference, ...names, cutOff };
  });
});

describe('Open Inference Protocol', () => {
  it('is ready only when the version is loaded on every runtime', async () => {
    const { inference, runtimes } = await region(2);
    const first = new OipInference({ runtimes: [{ url: runtimes[0]!.url, token: TOKEN }] });
    open.push(first);
    await first.load('sound');
    await expect(first.state('sound')).resolves.toBe('ready');
    await expect(inference.state('sound')).resolves.toBe('absent');
    await expect(inference.loaded()).resolves.toEqual(['sound']);
  });

  it('is denied repository calls without the token of the runtime, but may ask for answers', async () => {
    const { inference, runtimes } = await region(1);
    const stranger = new OipInference({ runtimes: [{ url: runtimes[0]!.url, token: 'another' }] });
    open.push(stranger);
    await inference.load('sound');
    await expect(stranger.load('second')).rejects.toMatchObject({ type: 'AccessDenied' });
    await expect(stranger.unload('sound', go)).rejects.toMatchObject({ type: 'AccessDenied' });
    await expect(stranger.loaded()).rejects.toMatchObject({ type: 'AccessDenied' });
    await expect(stranger.infer('sound', rowsOf(1), go)).resolves.toMatchObject({ modelName: 'sound' });
  });

  it('knows the free memory of a runtime that says so', async () => {
    const { inference } = await region(1);
    expect(await inference.freeMemoryBytes()).toBeGreaterThan(0);
  });
});

async function region(count: number): Promise<{ inference: OipInference; runtimes: readonly Runtime[] }> {
  const runtimes: Runtime[] = [];
  for (let i = 0; i < count; i += 1) {
    const corrupt = rowSums().subarray(0, 60);
    const models = { sound: rowSums(), second: rowSums(), corrupt, failing: rowSumsOfTwo() };
    runtimes.push(await startRuntime(await modelRepository(models)));
  }
  open.push(...runtimes);
  const inference = new OipInference({ runtimes: runtimes.map(({ url }) => ({ url, token: TOKEN })) });
  open.push(inference);
  return { inference, runtimes };
}
