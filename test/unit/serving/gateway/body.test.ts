import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { namedBodyOf } from '../../../../serving/gateway/body';
import { findModel } from '../../../../serving/gateway/openai';

/** A request whose body comes in these pieces. */
function requestOf(pieces: Iterable<Buffer>): IncomingMessage {
  return Object.assign(Readable.from(pieces), { headers: {} }) as unknown as IncomingMessage;
}
const byteByByte = (text: string) => Array.from(Buffer.from(text), (byte) => Buffer.from([byte]));

describe('a body that names its model', () => {
  it('is not searched anew with every byte when it comes byte by byte', async () => {
    const text = JSON.stringify({ prompt: 'x'.repeat(20_000), model: 'fraud', n: 1 });
    let searches = 0;
    const found = await namedBodyOf(requestOf(byteByByte(text)), (soFar) => {
      searches++;
      return findModel(soFar);
    });
    expect(searches).toBeGreaterThan(1);
    expect(searches).toBeLessThan(30);
    if ('status' in found) throw new Error(found.text);
    expect(found.named.model).toBe('fraud');
    expect(found.with('v7').body.toString()).toBe(text.replace('"fraud"', '"v7"'));
  });

  it.each([
    ['{"model":"fraud"}', 'fraud'],
    ['{"a":[1,2],"model":"fraud","b":"', 'fraud'],
  ])('is found wherever its pieces are cut: %s', async (text, model) => {
    for (let cut = 0; cut <= text.length; cut++) {
      const found = await namedBodyOf(requestOf([Buffer.from(text.slice(0, cut)), Buffer.from(text.slice(cut))]));
      expect(found).toMatchObject({ named: { model } });
    }
  });

  it('names none within the first MiB, and is read no further', async () => {
    let offered = 0;
    function* endless() {
      yield Buffer.from('{"prompt":"');
      for (; ; offered++) yield Buffer.alloc(1024, 'x');
    }
    await expect(namedBodyOf(requestOf(endless()))).resolves.toMatchObject({ status: 413 });
    expect(offered).toBeLessThan(1_200);
  });

  it.each([1, 65_536, 2_000_000])(
    'is too late behind the first MiB, in pieces of %d bytes at the end',
    async (last) => {
      const body = Buffer.from(`{"image":"${'i'.repeat(1_100_000)}","model":"fraud"}`);
      const cut = Math.max(0, body.length - last);
      const request = requestOf([body.subarray(0, cut), body.subarray(cut)]);
      await expect(namedBodyOf(request)).resolves.toMatchObject({ status: 413 });
    },
  );
});
