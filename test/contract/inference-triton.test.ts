import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OipInference } from '../../adapters/inference/oip';
import { rowsOf } from './inference';

const go = new AbortController().signal;
const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** Answers as recorded from Triton 2.51, MLServer and Python servers (serving reference 1.1 and 1.2). */
describe('Open Inference Protocol as Triton speaks it', () => {
  it('takes an index entry without a state, and a 400 for readiness, as absent', async () => {
    const inference = await over({ '/v2/repository/index': [[200, '[{"name":"m"}]']] });
    await expect(inference.state('m')).resolves.toBe('absent');
    await expect(inference.loaded()).resolves.toEqual([]);
  });

  it.each([
    ['ready', '[{"name":"m","version":"1","state":"READY","reason":""}]', 200],
    ['loading', '[{"name":"m","version":"1","state":"READY"}]', 400],
    ['loading', '[{"name":"m","version":"1","state":"LOADING"}]', 400],
    ['unavailable', '[{"name":"m","version":"1","state":"UNLOADING"}]', 400],
    ['absent', '[{"name":"m","version":"1","state":"UNAVAILABLE","reason":"unloaded"}]', 400],
    ['unavailable', '[{"name":"m","version":"1","state":"UNAVAILABLE","reason":"Internal: no such op"}]', 400],
    ['ready', '[{"name":"m","version":"1","state":"UNAVAILABLE"},{"name":"m","version":"2","state":"READY"}]', 200],
  ])('is %s for %s', async (state, index, ready) => {
    const inference = await over({ '/v2/repository/index': [[200, index]], '/v2/models/m/ready': [[ready, '']] });
    await expect(inference.state('m')).resolves.toBe(state);
  });

  it('waits after the 200 to an unload until the index no longer says UNLOADING', async () => {
    const unloading: Reply = [200, '[{"name":"m","version":"1","state":"UNLOADING"}]'];
    const gone: Reply = [200, '[{"name":"m","version":"1","state":"UNAVAILABLE","reason":"unloaded"}]'];
    const asked: string[] = [];
    const replies = { ...UNLOADED, '/v2/repository/index': [unloading, unloading, gone] };
    const inference = await over(replies, asked);
    await inference.unload('m', go);
    expect(asked.filter((path) => path === '/v2/repository/index')).toHaveLength(3);
  });

  it('takes a version as gone that the index calls READY for ever, when it is not ready', async () => {
    const ready: Reply = [200, '[{"name":"m","state":"READY"}]'];
    const inference = await over({ ...UNLOADED, '/v2/repository/index': [ready], '/v2/models/m/ready': [[400, '']] });
    await expect(inference.unload('m', go)).resolves.toBeUndefined();
  });

  it('gives up an unload that never takes effect', async () => {
    const loading: Reply = [200, '[{"name":"m","state":"UNLOADING"}]'];
    const inference = await over({ ...UNLOADED, '/v2/repository/index': [loading] });
    await expect(inference.unload('m', go)).rejects.toMatchObject({ type: 'NotReady' });
  });

  it('gives up a load that hangs', async () => {
    const inference = await over({ '/v2/repository/models/m/load': ['hang'] });
    const hung = { type: 'RegionUnreachable', message: expect.stringContaining('no answer within 100 ms') };
    await expect(inference.load('m')).rejects.toMatchObject(hung);
  });

  it('does not ask again for a version that is ready, for Triton would load it once more', async () => {
    const asked: string[] = [];
    const ready: Reply = [200, '[{"name":"m","state":"READY"}]'];
    const inference = await over({ '/v2/repository/index': [ready], '/v2/models/m/ready': [[200, '']] }, asked);
    await inference.load('m');
    expect(asked).toEqual(['/v2/repository/index', '/v2/models/m/ready']);
  });

  it('names the flag when the server does not take orders', async () => {
    const words = '{"error":"explicit model load / unload is not allowed if polling is enabled"}';
    const inference = await over({
      '/v2/repository/models/m/load': [
        [503, words],
        [400, words],
      ],
    });
    await expect(inference.load('m')).rejects.toMatchObject({ type: 'NotReady' });
    const hint = { type: 'Unsupported', message: expect.stringContaining('--model-control-mode=explicit') };
    await expect(inference.load('m')).rejects.toMatchObject(hint);
  });

  it('reads nested data, bare NaN, null and infinity as numbers or NaN', async () => {
    const body =
      '{"model_name":"m","outputs":[{"name":"y","datatype":"FP32","shape":[2,2],"data":[[1.5,NaN],[null,-Infinity]]}]}';
    const inference = await over({ '/v2/models/m/infer': [[200, body]] });
    const { outputs } = await inference.infer('m', rowsOf(1), go);
    expect(outputs).toEqual([{ name: 'y', datatype: 'FP32', shape: [2, 2], data: [1.5, NaN, NaN, NaN] }]);
  });

  it('refuses an answer that is not of the protocol', async () => {
    const inference = await over({ '/v2/models/m/infer': [[200, '<html>']] });
    await expect(inference.infer('m', rowsOf(1), go)).rejects.toMatchObject({ type: 'Unsupported' });
  });

  it('knows the server from its metadata, and no memory where it says none', async () => {
    const inference = await over({
      '/v2': [[200, '{"name":"triton","version":"2.51.0","extensions":["statistics"]}']],
    });
    await expect(inference.fingerprint()).resolves.toMatchObject({ runtime: 'triton 2.51.0', platform: 'unknown' });
    await expect(inference.freeMemoryBytes()).resolves.toBeNull();
  });
});

type Reply = readonly [status: number, body: string] | 'hang';
const EMPTY: Reply = [200, '[]'];
const UNKNOWN: Reply = [400, '{"error":"unknown"}'];
const UNLOADED = { '/v2/repository/models/m/unload': [[200, ''] as Reply] };

/** A server with replies for each path, the last of which repeats; other paths are 400, as with Triton. */
async function over(replies: Readonly<Record<string, readonly Reply[]>>, asked: string[] = []): Promise<OipInference> {
  const server: Server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '';
    const before = asked.filter((one) => one === path).length;
    asked.push(path);
    const list = replies[path] ?? [path === '/v2/repository/index' ? EMPTY : UNKNOWN];
    const reply = list[Math.min(before, list.length - 1)]!;
    if (reply !== 'hang') response.writeHead(reply[0]).end(reply[1]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const deadlines = { loadDeadlineMs: 100, controlDeadlineMs: 5_000 };
  const inference = new OipInference({ runtimes: [{ url, ...deadlines }], unloadDeadlineMs: 300 });
  open.push({ close: () => (server.closeAllConnections(), server.close()) }, inference);
  return inference;
}
