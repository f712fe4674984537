import { answerCases, type GoldenQuestions } from '../../../distribution/golden-answers';
import { Failure } from '../../../domain/failures';
import type { InferRequest, InferResponse, Tensor } from '../../../ports/inference';

const y: Tensor = { name: 'y', datatype: 'FP32', shape: [1, 2], data: [3, 7] };
const z: Tensor = { name: 'z', datatype: 'INT64', shape: [1], data: [1] };
const sound: InferResponse = { modelName: 'm--1', outputs: [y, z] };

describe('answerCases', () => {
  it('agrees where every output of every case agrees', async () => {
    const seen: number[] = [];
    const answers = await asked(() => sound, { onCase: (cases) => seen.push(cases) });
    expect(answers).toMatchObject({ cases: 3, agreed: 3, problems: [] });
    expect(answers.worst.map(({ absolute }) => absolute)).toEqual([0, 0]);
    expect(seen).toEqual([1, 2, 3]);
  });

  it('names the case and output of the worst error, worst output first', async () => {
    const answers = await asked((call) => ({
      ...sound,
      outputs: [
        { ...y, data: call === 1 ? [3.5, 7] : [3.1, 7] },
        { ...z, data: [call === 2 ? 9 : 1] },
      ],
    }));
    expect(answers).toMatchObject({ cases: 3, agreed: 0 });
    expect(answers.worst).toEqual([
      { caseId: 'c2', output: 'z', absolute: 8, allowed: 0 },
      { caseId: 'c1', output: 'y', absolute: 0.5, allowed: expect.closeTo(0.04) },
    ]);
  });

  it('puts what is not a number before any number', async () => {
    const answers = await asked(() => ({
      ...sound,
      outputs: [
        { ...y, data: [NaN, 7] },
        { ...z, data: [2] },
      ],
    }));
    expect(answers.agreed).toBe(0);
    expect(answers.worst.find(({ output }) => output === 'y')).toMatchObject({ absolute: NaN });
  });

  it.each<[string, InferResponse, string]>([
    ['another version answers', { ...sound, modelName: 'm--2' }, 'answered by m--2, not m--1'],
    ['an output is missing', { ...sound, outputs: [z] }, 'output y is missing'],
    ['a type differs', { ...sound, outputs: [{ ...y, datatype: 'FP16' }, z] }, 'output y is FP16, not FP32'],
    ['a shape differs', { ...sound, outputs: [{ ...y, shape: [2, 1] }, z] }, 'output y has shape [2,1]'],
    ['numbers are missing', { ...sound, outputs: [{ ...y, data: [3] }, z] }, 'and 1 numbers, not [1,2]'],
  ])('does not agree, and says why, when %s', async (_what, response, problem) => {
    const answers = await asked(() => response);
    expect(answers).toMatchObject({ cases: 3, agreed: 0 });
    expect(answers.problems).toHaveLength(3);
    expect(answers.problems[0]).toMatch(/^case c0: /);
    expect(answers.problems[0]).toContain(problem);
  });

  it('takes a refusal by the runtime as a problem of the version, and asks on', async () => {
    const answers = await asked((call) => {
      if (call === 1) throw new Failure('Unsupported', 'Reshape failed');
      return sound;
    });
    expect(answers).toMatchObject({ cases: 3, agreed: 2, problems: ['case c1: refused: Reshape failed'] });
  });

  it('finds nothing out when the runtime cannot be reached', async () => {
    const unreachable = asked(() => {
      throw new Failure('RegionUnreachable', 'no answer');
    });
    await expect(unreachable).rejects.toMatchObject({ type: 'RegionUnreachable' });
  });

  it('stops when its caller gives up', async () => {
    const over = new AbortController();
    const stopped = asked(() => (over.abort(new Error('given up')), sound), { signal: over.signal });
    await expect(stopped).rejects.toThrow('given up');
  });

  it('keeps twenty problems and counts all cases', async () => {
    const answers = await asked(() => ({ ...sound, modelName: 'm--2' }), {}, 30);
    expect(answers.cases).toBe(30);
    expect(answers.problems).toHaveLength(20);
  });

  it('tells the speed by the clock that it is given', async () => {
    let nowMs = 0;
    const answers = await asked(() => ((nowMs += 500), sound), { nowMs: () => nowMs });
    expect(answers.casesPerSecond).toBe(2);
  });
});

function asked(answer: (call: number) => InferResponse, more: Partial<GoldenQuestions> = {}, cases = 3) {
  let calls = 0;
  const infer = async (_request: InferRequest) => answer(calls++);
  return answerCases({
    goldenSet: golden(cases),
    infer,
    servedName: 'm--1',
    tolerance: { rtol: 0.01, atol: 0.01 },
    nowMs: () => 0,
    signal: new AbortController().signal,
    onCase: () => undefined,
    ...more,
  });
}

async function* golden(cases: number): AsyncIterable<Uint8Array> {
  for (let i = 0; i < cases; i += 1) {
    const compare = { z: { kind: 'exact' } };
    const one = { id: `c${i}`, request: { inputs: [y] }, expect: { outputs: [y, z] }, compare };
    yield new TextEncoder().encode(`${JSON.stringify(one)}\n`);
  }
}
