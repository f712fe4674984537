import { MinioObjectStore } from '../../adapters/object-store/minio';
import { freePort } from '../../stack/free-port';

import { silent, stalled, startScripted, status, truncated, type ScriptedServer } from '../support/scripted-server';
import { collected, pattern } from './object-store';

const never = new AbortController().signal;
const body = pattern(100);
const code = (name: string) => `<?xml version="1.0"?><Error><Code>${name}</Code><Message>x</Message></Error>`;
let server: ScriptedServer;
let store: MinioObjectStore;
const connection = { bucket: 'bucket', accessKey: 'access', secretKey: 'secret', connectTimeoutMs: 500, stallMs: 60 };
beforeAll(async () => {
  server = await startScripted();
  store = new MinioObjectStore({ ...connection, endpoint: server.url });
});
afterAll(async () => {
  store.close();
  await server.stop();
});

describe('the minio object store, when its server misbehaves', () => {
  it.each([
    [500, 'InternalError', 'StoreUnavailable'],
    [502, '', 'StoreUnavailable'],
    [503, 'ServiceUnavailable', 'StoreUnavailable'],
    [503, 'SlowDown', 'Throttled'],
    [429, '', 'Throttled'],
    [408, 'RequestTimeout', 'StoreUnavailable'],
    [401, '', 'AccessDenied'],
    [403, 'SignatureDoesNotMatch', 'AccessDenied'],
    [403, 'QuotaExceeded', 'NotEnoughSpace'],
    [507, 'XMinioStorageFull', 'NotEnoughSpace'],
    [400, 'InvalidRequest', 'Unsupported'],
    [404, 'NoSuchBucket', 'StoreUnavailable'],
  ])('takes HTTP %i %s for %s', async (http, name, type) => {
    server.script(status(http, code(name)));
    await expect(store.put('k', body)).rejects.toMatchObject({ type, message: expect.stringContaining(server.url) });
    expect(server.seen).toHaveLength(1); // whether to try again is not decided here
  });

  it('says how long to wait when it is told', async () => {
    server.script(status(429, '', { 'retry-after': '7' }));
    await expect(store.get('k')).rejects.toMatchObject({ type: 'Throttled', details: { retryAfterMs: 7000 } });
  });

  it('says within moments that nobody listens, where, and what to check', async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    const nobody = new MinioObjectStore({ ...connection, endpoint });
    await expect(nobody.get('k')).rejects.toMatchObject({
      type: 'StoreUnavailable',
      message: `s3 ${endpoint}/bucket cannot be reached (ECONNREFUSED): check that the store runs, its endpoint, and the network between`,
    });
  });

  it('never takes a body for whole that broke off', async () => {
    server.script(truncated(body.subarray(0, 40), 100));
    await expect(collected(store.read('k', never))).rejects.toMatchObject({
      type: 'StoreUnavailable',
      message: expect.stringContaining('after 40 of 100 bytes'),
    });
    await expect(store.get('k')).rejects.toMatchObject({ type: 'StoreUnavailable' });
  });

  it('never takes a range for whole that is shorter than asked for', async () => {
    server.script(status(206, body.subarray(0, 40)));
    await expect(collected(store.read('k', never, { from: 0, bytes: 50 }))).rejects.toMatchObject({
      type: 'StoreUnavailable',
    });
  });

  it('refuses a server that ignores ranges', async () => {
    server.script(status(200, body));
    await expect(collected(store.read('k', never, { from: 10, bytes: 5 }))).rejects.toMatchObject({
      type: 'Unsupported',
    });
  });

  it('gives up a server that never answers, and one that stops in the middle', async () => {
    server.script(silent);
    await expect(store.get('k')).rejects.toMatchObject({ type: 'StoreUnavailable' });
    server.script(stalled(body.subarray(0, 40), 100));
    await expect(collected(store.read('k', never))).rejects.toMatchObject({ type: 'StoreUnavailable' });
  });

  it('stops in the middle of a body when it is aborted', async () => {
    server.script(stalled(body.subarray(0, 40), 100));
    const patient = new MinioObjectStore({ ...connection, endpoint: server.url, stallMs: 60_000 });
    const stop = new AbortController();
    const reason = new Error('enough');
    const reading = async () => {
      for await (const chunk of patient.read('k', stop.signal)) if (chunk.byteLength > 0) stop.abort(reason);
    };
    await expect(reading()).rejects.toBe(reason);
    const waiting = new AbortController();
    server.script(() => waiting.abort(reason));
    await expect(patient.get('k', waiting.signal)).rejects.toBe(reason);
    patient.close();
  });

  it('tries a conditional put again when another one is under way', async () => {
    server.script(status(409, code('ConditionalRequestConflict')), status(200, '', { etag: '"e2"' }));
    await expect(store.put('k', body, { kind: 'match', etag: 'e1' })).resolves.toEqual({
      key: 'k',
      bytes: 100,
      etag: 'e2',
    });
    expect(server.seen.map(({ headers }) => headers['if-match'])).toEqual(['"e1"', '"e1"']);
    server.script(status(409, code('ConditionalRequestConflict')));
    await expect(store.put('k', body, { kind: 'absent' })).rejects.toMatchObject({ type: 'StoreUnavailable' });
  });

  it('sends what it signs: conditions and the digest of the body', async () => {
    server.script(status(412, code('PreconditionFailed')));
    await expect(store.put('k', body, { kind: 'absent' })).resolves.toBeUndefined();
    expect(server.seen[0]).toMatchObject({
      method: 'PUT',
      path: '/bucket/k',
      headers: { 'if-none-match': '*', 'content-length': '100' },
    });
    expect(server.seen[0]?.headers['x-amz-content-sha256']).toMatch(/^[0-9a-f]{64}$/);
  });
});
