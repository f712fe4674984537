import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { canaryOf, MODEL, NEW, OLD } from '../../../support/gateway';
import { answering, readAll, startRegion, type GatewayRegion } from '../../../support/gateway-region';

const regions: GatewayRegion[] = [];
afterEach(async () => {
  for (const region of regions.splice(0)) await region.close();
});
/** A region whose runtime answers every request with a 404 of this text. */
async function refusing(
  text: string | Buffer,
  more: Readonly<Record<string, string | number>> = {},
): Promise<GatewayRegion> {
  const runtime = answering(async (req, res) => {
    await readAll(req);
    res.writeHead(404, { 'content-type': 'application/json', ...more }).end(text);
  });
  const region = await startRegion([runtime]);
  regions.push(region);
  await region.route({ stable: OLD });
  return region;
}
const chat = { path: '/v1/chat/completions', body: JSON.stringify({ model: MODEL, messages: [] }) };
const VERSION = `/v2/models/${MODEL}/versions/7/infer`;

describe('a 404 of a runtime', () => {
  it.each([
    ['a path that it does not have', { ...chat, path: '/v1/rerank' }, '{"detail":"Not Found"}'],
    [
      'a resource of the caller',
      { ...chat, path: '/v1/responses' },
      '{"error":{"message":"Response with id resp_1 not found."}}',
    ],
    ['a version that the caller chose', { path: VERSION }, '{"error":"unknown model version"}'],
    ['generating, which it cannot', { path: `/v2/models/${MODEL}/generate` }, 'Not Found'],
  ])('is the answer, and no error of the version, for %s', async (_, asked, text) => {
    const { infer, counts } = await refusing(text);
    await expect(infer(asked)).resolves.toMatchObject({ status: 404, text });
    await expect(counts()).resolves.toEqual({ 'stable 1': { requests: 1, errors: {}, inFlight: 0 } });
  });

  it.each([
    ['vLLM', chat, '{"object":"error","message":"The model `fraud--aaaa` does not exist.","code":404}'],
    ['Ollama', chat, '{"error":{"message":"model \\"fraud--aaaa\\" not found, try pulling it first"}}'],
    ['any runtime, asked to infer', {}, ''],
  ])('is an error of the version where it says that it has no such model: %s', async (_, asked, text) => {
    const { infer, counts } = await refusing(text);
    await expect(infer(asked)).resolves.toMatchObject({
      status: 503,
      text: expect.stringMatching(/not loaded/) as string,
    });
    await expect(counts()).resolves.toEqual({ 'stable 1': { requests: 1, errors: { 'not-loaded': 1 }, inFlight: 0 } });
  });

  const lacking = '{"error":{"message":"The model `fraud--aaaa` does not exist."}}';
  it.each([
    ['gzip', gzipSync(lacking)],
    ['X-GZIP', gzipSync(lacking)],
    ['deflate', deflateSync(lacking)],
    ['br', brotliCompressSync(lacking)],
  ])('is an error of the version also where its text is compressed: %s', async (encoding, text) => {
    const { infer, counts } = await refusing(text, { 'content-encoding': encoding });
    await expect(infer(chat)).resolves.toMatchObject({ status: 503 });
    await expect(counts()).resolves.toMatchObject({ 'stable 1': { errors: { 'not-loaded': 1 } } });
  });

  it.each([
    ['is about something else', 'gzip', gzipSync('{"detail":"Not Found"}')],
    ['is no gzip', 'gzip', Buffer.from('model')],
    ['is cut', 'gzip', gzipSync(lacking).subarray(0, 20)],
    ['is far longer than it came', 'gzip', gzipSync('model '.repeat(1_000_000))],
    ['is in an encoding that nobody knows', 'compress', Buffer.from('model')],
  ])('passes as it came where its compressed text %s', async (_, encoding, text) => {
    const { infer, counts } = await refusing(text, { 'content-encoding': encoding });
    await expect(infer(chat)).resolves.toMatchObject({ status: 404, text: text.toString() });
    await expect(counts()).resolves.toMatchObject({ 'stable 1': { requests: 1, errors: {} } });
  });

  it('of a copy counts also where its text is compressed', async () => {
    const { infer, route, counts } = await refusing(gzipSync(lacking), { 'content-encoding': 'gzip' });
    await route({ stable: OLD, canary: canaryOf(99, { mode: 'mirror', digest: NEW }) });
    const copied = async () => (await counts())['mirror 2'];
    while (!(await copied())) await infer(chat); // one in a hundred gets no copy
    while ((await copied())?.inFlight !== 0) await counts();
    await expect(copied()).resolves.toMatchObject({ errors: { 'not-loaded': 1 } });
  });

  it('passes whole, however long its text is', async () => {
    const text = 'Not Found '.repeat(20_000);
    const { infer, counts } = await refusing(text, { 'transfer-encoding': 'chunked' });
    await expect(infer(chat)).resolves.toMatchObject({ status: 404, text });
    await expect(counts()).resolves.toMatchObject({ 'stable 1': { requests: 1, errors: {} } });
  });

  it('of a copy is held against a mirrored canary only where the copy asked for what must be there', async () => {
    const { infer, route, counts } = await refusing('{"error":"unknown model version"}');
    await route({ stable: OLD, canary: canaryOf(99, { mode: 'mirror', digest: NEW }) });
    const mirror = async () => {
      for (;;) {
        const seen = (await counts())['mirror 2'];
        if (seen && seen.inFlight === 0) return seen;
        if (!seen) await infer({ path: VERSION }); // one in a hundred gets no copy
      }
    };
    await infer({ path: VERSION });
    await expect(mirror()).resolves.toMatchObject({ errors: {} });
    const { requests } = await mirror();
    while ((await mirror()).requests === requests) await infer();
    await expect(mirror()).resolves.toMatchObject({ errors: { 'not-loaded': 1 } });
  });
});
