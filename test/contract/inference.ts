import type { Inference, InferRequest } from '../../ports/inference';

/** A region's runtimes with four versions in their model repository, none loaded. */
export interface InferenceUnderTest {
  readonly inference: Inference;
  readonly sound: string; // `y` is the sum of each row of `x`
  readonly second: string; // as sound
  readonly corrupt: string; // cannot be loaded
  readonly failing: string; // loads, and fails on `threeRows`
  cutOff(): Promise<void>; // no runtime answers from now on
}

const go = new AbortController().signal;

export function rowsOf(count: number): InferRequest {
  const data = Array.from({ length: count * 4 }, (_, i) => i + 0.5);
  return { inputs: [{ name: 'x', datatype: 'FP32', shape: [count, 4], data }] };
}

/** The laws of the inference port. Every adapter's test calls this with a way to make one. */
export function inferenceLaws(make: () => Promise<InferenceUnderTest>): void {
  it('knows a version by its load, its answers and its unload', async () => {
    const { inference, sound } = await make();
    await expect(inference.state(sound)).resolves.toBe('absent');
    await inference.load(sound);
    await expect(inference.state(sound)).resolves.toBe('ready');
    await expect(inference.loaded()).resolves.toEqual([sound]);
    const answer = await inference.infer(sound, rowsOf(2), go);
    expect(answer).toMatchObject({ modelName: sound, outputs: [{ name: 'y', datatype: 'FP32', shape: [2, 1] }] });
    expect(answer.outputs[0]!.data).toEqual([8, 24]);
    await inference.unload(sound, go);
    await expect(inference.state(sound)).resolves.toBe('absent');
    await expect(inference.loaded()).resolves.toEqual([]);
  });

  it('loads and unloads twice as if once', async () => {
    const { inference, sound, second } = await make();
    await inference.load(sound);
    await inference.load(sound);
    await expect(inference.loaded()).resolves.toEqual([sound]);
    await inference.unload(sound, go);
    await inference.unload(sound, go);
    await inference.unload(second, go);
    await expect(inference.loaded()).resolves.toEqual([]);
  });

  it('keeps two versions side by side, each answering by its own name', async () => {
    const { inference, sound, second } = await make();
    await inference.load(sound);
    await inference.load(second);
    await expect(inference.loaded()).resolves.toEqual([sound, second].sort());
    for (const name of [sound, second]) {
      await expect(inference.infer(name, rowsOf(1), go)).resolves.toMatchObject({ modelName: name });
    }
    await inference.unload(second, go);
    await expect(inference.infer(sound, rowsOf(1), go)).resolves.toMatchObject({ modelName: sound });
  });

  it('names a version that cannot be loaded, and goes on serving the others', async () => {
    const { inference, sound, corrupt } = await make();
    await inference.load(sound);
    await expect(inference.load(corrupt)).rejects.toMatchObject({ type: 'Unsupported' });
    await expect(inference.state(corrupt)).resolves.toBe('unavailable');
    await expect(inference.infer(sound, rowsOf(1), go)).resolves.toMatchObject({ modelName: sound });
  });

  it('passes on the words of a version that fails on a request', async () => {
    const { inference, failing } = await make();
    await inference.load(failing);
    const refused = inference.infer(failing, rowsOf(3), go);
    await expect(refused).rejects.toMatchObject({ type: 'Unsupported', message: expect.stringContaining('failed') });
    await expect(inference.state(failing)).resolves.toBe('ready');
  });

  it('is not ready to answer for a version that is not loaded', async () => {
    const { inference, sound } = await make();
    await expect(inference.infer(sound, rowsOf(1), go)).rejects.toMatchObject({ type: 'NotReady' });
  });

  it('ends a request or an unload whose caller has given up', async () => {
    const { inference, sound } = await make();
    await inference.load(sound);
    const over = AbortSignal.abort(new Error('given up'));
    await expect(inference.infer(sound, rowsOf(1), over)).rejects.toThrow('given up');
    await expect(inference.unload(sound, over)).rejects.toThrow('given up');
    await expect(inference.state(sound)).resolves.toBe('ready');
  });

  it('tells what the answers were measured on, the same each time', async () => {
    const { inference } = await make();
    const fingerprint = await inference.fingerprint();
    expect(fingerprint.runtime).toContain('onnxruntime');
    await expect(inference.fingerprint()).resolves.toEqual(fingerprint);
  });

  it('says that the region cannot be reached when a runtime does not answer', async () => {
    const { inference, sound, cutOff } = await make();
    await inference.load(sound);
    await cutOff();
    const unreachable = { type: 'RegionUnreachable' };
    await expect(inference.load(sound)).rejects.toMatchObject(unreachable);
    await expect(inference.state(sound)).rejects.toMatchObject(unreachable);
    await expect(inference.loaded()).rejects.toMatchObject(unreachable);
    await expect(inference.unload(sound, go)).rejects.toMatchObject(unreachable);
    await expect(inference.infer(sound, rowsOf(1), go)).rejects.toMatchObject(unreachable);
    await expect(inference.fingerprint()).rejects.toMatchObject(unreachable);
  });
}
