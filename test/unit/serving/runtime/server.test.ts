/** @jest-environment ./test/support/native-arrays-environment.js */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { RuntimeConfig } from '../../../../serving/runtime/config';
import { startRuntime, type Runtime } from '../../../../serving/runtime/server';
import { modelRepository, rowSums, rowSumsOfTwo, TOKEN } from '../../../support/model-repository';

const open: Runtime[] = [];
const x = { name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4.5] };

afterEach(async () => {
  for (const runtime of open.splice(0)) await runtime.close();
});

describe('the runtime', () => {
  it('answers by the names of the protocol', async () => {
    const { get } = await started();
    await expect(get('/v2')).resolves.toMatchObject({ status: 200, json: { extensions: ['model_repository'] } });
    await expect(get('/v2/health/live')).resolves.toMatchObject({ status: 200 });
    await expect(get('/v2/health/ready')).resolves.toMatchObject({ status: 200 });
    await expect(get('/v2/models/a/versions/1/ready')).resolves.toMatchObject({ status: 200 });
    const metadata = {
      name: 'a',
      versions: ['1'],
      platform: 'onnxruntime_onnx',
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 4] }],
      outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 1] }],
    };
    await expect(get('/v2/models/a')).resolves.toEqual({ status: 200, json: metadata });
  });

  it.each([
    ['flat', [1, 2, 3, 4.5]],
    ['nested', [[1, 2, 3, 4.5]]],
  ])('takes %s data and answers with the id of the request', async (_kind, data) => {
    const { post } = await started();
    const answer = {
      model_name: 'a',
      model_version: '1',
      id: 'q "1"',
      outputs: [{ name: 'y', datatype: 'FP32', shape: [1, 1], data: [10.5] }],
    };
    const asked = { id: 'q "1"', inputs: [{ ...x, data }], outputs: [{ name: 'y' }] };
    await expect(post('/v2/models/a/infer', asked)).resolves.toEqual({ status: 200, json: answer });
  });

  it('writes null where an answer is no number, for JSON has no word for it', async () => {
    const { post } = await started();
    const inputs = [{ ...x, shape: [2, 4], data: [3e38, 3e38, 3e38, 3e38, 0, 0, 0, 0] }];
    const { json } = await post('/v2/models/a/infer', { inputs });
    expect(json).toMatchObject({ outputs: [{ data: [null, 0] }] });
  });

  it.each([
    ['no JSON', '{', 'the body is not JSON'],
    ['no object', '[]', 'not a JSON object'],
    ['no inputs', {}, 'no list `inputs`'],
    ['an input without a name', { inputs: [{}] }, 'has no `name`'],
    ['an unknown input', { inputs: [{ ...x, name: 'z' }] }, 'no input z; it has x'],
    ['a missing input', { inputs: [] }, 'input x is missing'],
    ['another datatype', { inputs: [{ ...x, datatype: 'INT64' }] }, 'the model takes FP32'],
    ['another rank', { inputs: [{ ...x, shape: [4] }] }, 'the model takes [-1,4]'],
    ['another width', { inputs: [{ ...x, shape: [1, 5] }] }, 'the model takes [-1,4]'],
    ['an empty batch', { inputs: [{ ...x, shape: [0, 4], data: [] }] }, 'the model takes [-1,4]'],
    ['too few values', { inputs: [{ ...x, data: [1] }] }, 'has 1 values, its shape [1,4] takes 4'],
    ['a value that is no number', { inputs: [{ ...x, data: [1, 2, 3, '4'] }] }, '"4" is no FP32'],
    ['a huge shape', { inputs: [{ ...x, shape: [1e9, 4] }] }, 'elements, the most is'],
    ['binary data', { inputs: [{ ...x, data: undefined }] }, 'binary data is not supported'],
    ['an unknown output', { inputs: [x], outputs: [{ name: 'z' }] }, 'no output z; it has y'],
  ])('refuses %s as the mistake of the caller', async (_what, body, words) => {
    const { post } = await started();
    const refused = { status: 400, json: { error: expect.stringContaining(words) } };
    await expect(post('/v2/models/a/infer', body)).resolves.toEqual(refused);
  });

  it('counts a graph that fails on a request that fits it as the mistake of the version', async () => {
    const { post } = await started();
    await post('/v2/repository/models/traced/load', '', TOKEN);
    const inputs = [{ ...x, shape: [3, 4], data: Array(12).fill(1) }];
    const failed = { status: 500, json: { error: expect.stringContaining('model traced failed') } };
    await expect(post('/v2/models/traced/infer', { inputs })).resolves.toEqual(failed);
    await expect(post('/v2/models/traced/infer', { inputs: [{ ...x, shape: [2, 4], data: Array(8).fill(1) }] }))
      .resolves // still there
      .toMatchObject({ status: 200 });
  });

  it.each([
    ['GET', '/v2/models/b', 404],
    ['GET', '/v2/models/a/versions/2', 404],
    ['GET', '/v2/models/a/infer', 405],
    ['POST', '/v2/models/a', 405],
    ['GET', '/nothing', 404],
    ['GET', '/v2/models/%E0/ready', 400],
  ])('answers %s %s with %i and an error', async (method, url, status) => {
    const { ask } = await started();
    await expect(ask(method, url)).resolves.toEqual({ status, json: { error: expect.any(String) } });
  });

  it.each(['/v2/repository/index', '/v2/repository/models/b/load', '/v2/repository/models/a/unload'])(
    'takes no order at %s without its token',
    async (url) => {
      const { post, get } = await started();
      for (const token of [undefined, '', 'other', `${TOKEN}x`]) {
        await expect(post(url, '', token)).resolves.toMatchObject({ status: 401 });
      }
      await expect(get('/v2/models/a/ready')).resolves.toMatchObject({ status: 200 });
      await expect(get('/v2/models/b/ready')).resolves.toMatchObject({ status: 404 });
    },
  );

  it.each([
    ['missing', 404, 'has no 1/model.onnx'],
    ['corrupt', 400, 'cannot be loaded'],
    ['empty', 400, 'cannot be loaded'],
    ['..%2Fescape', 400, 'no model name'],
  ])('names what is wrong with the model %s, and goes on', async (name, status, words) => {
    const { post, get } = await started();
    const refused = { status, json: { error: expect.stringContaining(words) } };
    await expect(post(`/v2/repository/models/${name}/load`, '', TOKEN)).resolves.toEqual(refused);
    await expect(get('/v2/models/a/ready')).resolves.toMatchObject({ status: 200 });
  });

  it('lists what lies there, what is loaded, and why something is not', async () => {
    const { post } = await started();
    await post('/v2/repository/models/corrupt/load', '', TOKEN);
    const { json } = await post('/v2/repository/index', {}, TOKEN);
    const states = (json as { name: string; state: string }[]).map(({ name, state }) => `${name} ${state}`);
    const rest = ['b UNAVAILABLE', 'corrupt UNAVAILABLE', 'empty UNAVAILABLE', 'traced UNAVAILABLE'];
    expect(states).toEqual(['a READY', ...rest]);
    expect(json).toContainEqual(expect.objectContaining({ name: 'b', reason: 'unloaded' }));
    expect(json).toContainEqual(
      expect.objectContaining({ name: 'corrupt', reason: expect.stringContaining('loaded:') }),
    );
    const ready = await post('/v2/repository/index', { ready: true }, TOKEN);
    expect(ready.json).toEqual([expect.objectContaining({ name: 'a' })]);
  });

  it('answers every request that was under way when its version is unloaded', async () => {
    const { post } = await started();
    const asked = Array.from({ length: 50 }, () => post('/v2/models/a/infer', { inputs: [x] }));
    const [unloaded, ...answers] = await Promise.all([post('/v2/repository/models/a/unload', '', TOKEN), ...asked]);
    expect(unloaded.status).toBe(200);
    for (const { status } of answers) expect([200, 404]).toContain(status);
    await expect(post('/v2/models/a/infer', { inputs: [x] })).resolves.toMatchObject({ status: 404 });
  });

  it('has loaded what was loaded before when it listens again', async () => {
    const { config, post } = await started();
    await post('/v2/repository/models/b/load', '', TOKEN);
    await post('/v2/repository/models/a/unload', '', TOKEN);
    const next = await startRuntime(config);
    open.push(next);
    await expect(fetch(`${next.url}/v2/models/b/ready`)).resolves.toMatchObject({ status: 200 });
    await expect(fetch(`${next.url}/v2/models/a/ready`)).resolves.toMatchObject({ status: 404 });
  });

  it('starts without a version whose file has gone, and says so in the index', async () => {
    const { config, post } = await started();
    await post('/v2/repository/models/b/load', '', TOKEN);
    await rm(path.join(config.modelRepository, 'a'), { recursive: true });
    const next = await started(config);
    await expect(next.get('/v2/models/b/ready')).resolves.toMatchObject({ status: 200 });
    const { json } = await next.post('/v2/repository/index', {}, TOKEN);
    expect(json).toContainEqual(expect.objectContaining({ name: 'a', state: 'UNAVAILABLE' }));
    await expect(readFile(path.join(config.stateDir, 'loaded.json'), 'utf8')).resolves.toBe('{"names":["a","b"]}');
  });

  it('does not start over a memory of what was loaded that it cannot read, nor without a token', async () => {
    const { config } = await started();
    await writeFile(path.join(config.stateDir, 'loaded.json'), '{');
    await expect(startRuntime(config)).rejects.toThrow('remove it to start with nothing loaded');
    await writeFile(config.tokenFile, '\n');
    await expect(startRuntime(config)).rejects.toThrow('is empty');
  });
});

interface Answer {
  readonly status: number;
  readonly json: unknown;
}

/** A runtime with `a` loaded of all that its repository holds; or over a repository that was used before. */
async function started(before?: RuntimeConfig) {
  const config =
    before ??
    (await modelRepository({ a: rowSums(), b: rowSums(2), corrupt: rowSums().subarray(9), traced: rowSumsOfTwo() }));
  await mkdir(path.join(config.modelRepository, 'empty'), { recursive: true });
  await mkdir(path.join(config.modelRepository, 'empty', '1'), { recursive: true });
  await writeFile(path.join(config.modelRepository, 'empty', '1', 'model.onnx'), '');
  const runtime = await startRuntime(config);
  open.push(runtime);
  const ask = async (method: string, url: string, body?: unknown, token?: string): Promise<Answer> => {
    const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(`${runtime.url}${url}`, {
      method,
      headers,
      ...(text !== undefined && { body: text }),
    });
    return { status: response.status, json: await response.json() };
  };
  const get = (url: string) => ask('GET', url);
  const post = (url: string, body: unknown, token?: string) => ask('POST', url, body, token);
  if (!before) await post('/v2/repository/models/a/load', '', TOKEN);
  return { config, runtime, ask, get, post };
}
