import { readGoldenSet, type GoldenCase } from '../../../distribution/golden-set';

const x = { name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] };
const y = { name: 'y', datatype: 'FP32', shape: [1], data: [3] };
const valid = { id: 'a', request: { inputs: [x] }, expect: { outputs: [y] } };

describe('readGoldenSet', () => {
  it.each([1, 7, 10_000])('reads a case a line, whatever the pieces of %i bytes it comes in', async (size) => {
    const compare = { y: { kind: 'allclose', rtol: 0, atol: 1 } };
    const text = `${JSON.stringify({ ...valid, compare })}\r\n\n${JSON.stringify({ ...valid, id: 'ü' })}`;
    const cases = await all(inPieces(text, size));
    expect(cases.map(({ id }) => id)).toEqual(['a', 'ü']);
    expect(cases[0]).toEqual({
      id: 'a',
      request: { inputs: [x] },
      expected: [y],
      comparisons: { y: { kind: 'allclose', rtol: 0, atol: 1, maxViolations: 0 } },
    });
  });

  it('takes nested data as well as flat', async () => {
    const nested = { ...valid, request: { inputs: [{ ...x, data: [[1, 2]] }] } };
    const [one] = await all(inPieces(JSON.stringify(nested), 100));
    expect(one!.request.inputs[0]!.data).toEqual([1, 2]);
  });

  it.each<[string, string | object, string]>([
    ['no JSON', '{"id":', 'no JSON'],
    ['no id', { ...valid, id: undefined }, 'id: '],
    ['no outputs', { ...valid, expect: { outputs: [] } }, 'expect.outputs: '],
    ['a tensor by reference', { ...valid, request: { inputs: [{ ...x, data: undefined }] } }, 'by reference'],
    ['a number that is none', { ...valid, expect: { outputs: [{ ...y, data: [null] }] } }, 'y holds null'],
    ['too few numbers', { ...valid, request: { inputs: [{ ...x, data: [1] }] } }, 'x has 1 numbers, its shape takes 2'],
    ['an unknown kind', { ...valid, compare: { y: { kind: 'kl', max: 1 } } }, 'compare.y'],
    ['a comparison of no output', { ...valid, compare: { z: { kind: 'exact' } } }, 'compare.z: no such output'],
    ['an id that was there', valid, 'case a is on line 1 too'],
  ])('names the line with %s', async (_what, line, words) => {
    const text = `${JSON.stringify(valid)}\n\n${typeof line === 'string' ? line : JSON.stringify(line)}\n`;
    const read = all(inPieces(text, 50));
    const message = expect.stringMatching(/^golden set, line 3: /);
    await expect(read).rejects.toMatchObject({ type: 'InvalidFreight', message });
    await expect(read).rejects.toThrow(words);
  });

  it('refuses what is no UTF-8', async () => {
    const read = all(
      (async function* () {
        yield Uint8Array.of(0x22, 0xff, 0x22);
      })(),
    );
    await expect(read).rejects.toMatchObject({ type: 'InvalidFreight', message: expect.stringContaining('line 1') });
  });

  it('refuses a line without end while it reads, not after', async () => {
    let pieces = 0;
    const endless = async function* () {
      for (;;) {
        pieces += 1;
        yield new Uint8Array(1024 * 1024).fill(0x20);
      }
    };
    await expect(all(endless())).rejects.toMatchObject({ type: 'InvalidFreight' });
    expect(pieces).toBeLessThan(20);
  });
});

async function* inPieces(text: string, size: number): AsyncIterable<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

async function all(bytes: AsyncIterable<Uint8Array>): Promise<GoldenCase[]> {
  const cases: GoldenCase[] = [];
  for await (const one of readGoldenSet(bytes)) cases.push(one);
  return cases;
}
