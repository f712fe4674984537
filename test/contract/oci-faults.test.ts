import { OciRegistry } from '../../adapters/registry/oci';
import { MEDIA_TYPES } from '../../domain/freight';
import { freePort } from '../../stack/free-port';

import { silent, stalled, startScripted, status, truncated, type ScriptedServer } from '../support/scripted-server';
import { collected, pattern } from './object-store';
import { blobOf, digestOf } from './registry';

const never = new AbortController().signal;
const body = pattern(100);
const digest = digestOf(body);
const credentials = { username: 'promoter', password: 'secret' };
let server: ScriptedServer;
let elsewhere: ScriptedServer;
let registry: OciRegistry;
beforeAll(async () => {
  [server, elsewhere] = [await startScripted(), await startScripted()];
  registry = new OciRegistry({ url: server.url, credentials, connectTimeoutMs: 500, stallMs: 60 });
});
afterAll(async () => {
  await Promise.all([server.stop(), elsewhere.stop()]);
  await registry.close();
});

const read = (range?: { from: number; bytes: number }) =>
  collected(registry.blob('models/fraud', digest, never, range));

describe('the oci registry adapter, when its registry misbehaves', () => {
  it.each([
    [500, 'RegistryUnavailable'],
    [503, 'RegistryUnavailable'],
    [429, 'Throttled'],
    [403, 'AccessDenied'],
    [418, 'Unsupported'],
  ])('takes HTTP %i for %s', async (http, type) => {
    server.script(status(http, '{"errors":[{"code":"SOME_CODE"}]}'));
    const failed = registry.manifest('models/fraud', digest);
    await expect(failed).rejects.toMatchObject({ type, message: expect.stringContaining(`${http} SOME_CODE`) });
  });

  it.each([
    ['seconds', '3', 3000],
    ['a date in the past', 'Wed, 21 Oct 2015 07:28:00 GMT', 0],
  ])('waits as long as it is told in %s', async (_, header, retryAfterMs) => {
    server.script(status(429, '', { 'retry-after': header }));
    await expect(registry.tags('models/fraud')).rejects.toMatchObject({ type: 'Throttled', details: { retryAfterMs } });
  });

  it('says that nobody listens, where, and what to check', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const nobody = new OciRegistry({ url });
    const message = `${url} cannot be reached (ECONNREFUSED): check that the registry runs, its address, and the network between`;
    await expect(nobody.resolve('models/fraud', 'v1')).rejects.toMatchObject({ type: 'RegistryUnavailable', message });
    await nobody.close();
  });

  it('never takes a blob for whole that broke off or stalled', async () => {
    for (const answer of [truncated(body.subarray(0, 40), 100), stalled(body.subarray(0, 40), 100)]) {
      server.script(answer);
      await expect(read()).rejects.toMatchObject({ type: 'RegistryUnavailable' });
    }
    server.script(silent);
    await expect(read()).rejects.toMatchObject({ type: 'RegistryUnavailable' });
    server.script(status(206, body.subarray(0, 4)));
    await expect(read({ from: 0, bytes: 5 })).rejects.toMatchObject({ type: 'RegistryUnavailable' });
  });

  it('drops what comes before when the whole is sent for a range', async () => {
    server.script(status(200, body));
    expect(await read({ from: 30, bytes: 50 })).toEqual(body.slice(30, 80));
    expect(server.seen[0]?.headers.range).toBe('bytes=30-79');
    await expect(read({ from: 90, bytes: 50 })).rejects.toMatchObject({ type: 'DigestMismatch' });
  });

  it('refuses bytes that were encoded on the way', async () => {
    server.script(status(200, body, { 'content-encoding': 'gzip' }));
    await expect(read()).rejects.toMatchObject({ type: 'Unsupported' });
    expect(server.seen[0]?.headers['accept-encoding']).toBe('identity');
  });

  it('finds a manifest that is not what its digest says, or too large', async () => {
    server.script(status(200, 'something else'));
    await expect(registry.manifest('models/fraud', digest)).rejects.toMatchObject({ type: 'DigestMismatch' });
    const large = pattern(4 * 1024 * 1024 + 1);
    server.script(status(200, large));
    await expect(registry.manifest('models/fraud', digestOf(large))).rejects.toMatchObject({ type: 'InvalidFreight' });
  });

  it('hashes the manifest itself where the registry does not name its digest', async () => {
    server.script(status(200), status(200, body));
    expect(await registry.resolve('models/fraud', 'v1')).toBe(digest);
    expect(server.seen.map(({ method }) => method)).toEqual(['HEAD', 'GET']);
    expect(server.seen[0]?.headers.accept).toContain(MEDIA_TYPES.manifest);
  });

  it('reads the pages of a list of tags, and follows none to another host', async () => {
    server.script(
      status(200, '{"tags":["a"]}', { link: '</v2/models/fraud/tags/list?last=a&n=1>; rel="next"' }),
      status(200, '{"tags":["b"]}', { link: `<${elsewhere.url}/v2/models/fraud/tags/list>; rel="next"` }),
    );
    elsewhere.script(status(200, '{"tags":["hostile"]}'));
    expect(await registry.tags('models/fraud')).toEqual(['a', 'b']);
    expect(elsewhere.seen).toEqual([]);
  });

  it('follows a redirect to another host, and keeps its credentials to itself', async () => {
    const challenge = { 'www-authenticate': 'Basic realm="registry"' };
    server.script(status(401, '', challenge), (_, response) =>
      response.writeHead(307, { location: `${elsewhere.url}/signed` }).end(),
    );
    elsewhere.script(status(200, body));
    expect(await read()).toEqual(body);
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([undefined, 'Basic cHJvbW90ZXI6c2VjcmV0']);
    expect(elsewhere.seen).toMatchObject([{ path: '/signed' }]);
    expect(elsewhere.seen[0]?.headers.authorization).toBeUndefined();
  });

  it('gives up a circle of redirects', async () => {
    server.script((_, response) => response.writeHead(302, { location: '/round' }).end());
    await expect(read()).rejects.toMatchObject({
      type: 'RegistryUnavailable',
      message: expect.stringContaining('redirects'),
    });
  });

  it('gets a token with its credentials, uses it again, and gets a new one when it has expired', async () => {
    const fresh = new OciRegistry({ url: server.url, credentials });
    const challenge = {
      'www-authenticate': `Bearer realm="${elsewhere.url}/token",service="test",scope="repository:models/fraud:pull"`,
    };
    elsewhere.script(status(200, '{"token":"t1"}'), status(200, '{"access_token":"t2","expires_in":60}'));
    server.script(
      status(401, '', challenge),
      status(200, body),
      status(200, body),
      status(401, '', challenge),
      status(200, body),
    );
    for (let time = 0; time < 3; time++)
      expect(await collected(fresh.blob('models/fraud', digest, never))).toEqual(body);
    const sent = server.seen.map(({ headers }) => headers.authorization);
    expect(sent).toEqual([undefined, 'Bearer t1', 'Bearer t1', 'Bearer t1', 'Bearer t2']);
    expect(elsewhere.seen[0]).toMatchObject({
      path: '/token?service=test&scope=repository%3Amodels%2Ffraud%3Apull',
      headers: { authorization: 'Basic cHJvbW90ZXI6c2VjcmV0' },
    });
    await fresh.close();
  });

  it('says that the credentials are wrong when it gets no token', async () => {
    server.script(status(401, '', { 'www-authenticate': `Bearer realm="${elsewhere.url}/token"` }));
    elsewhere.script(status(401, ''));
    const failed = registry.tags('models/other');
    await expect(failed).rejects.toMatchObject({
      type: 'AccessDenied',
      message: expect.stringContaining('credentials'),
    });
  });

  it('says that a registry broke while a blob was pushed', async () => {
    server.script(status(404), status(202, '', { location: '/v2/up/1' }), status(500));
    await expect(registry.pushBlob('models/fraud', blobOf(body), never)).rejects.toMatchObject({
      type: 'RegistryUnavailable',
    });
    expect(server.seen.map(({ method }) => method)).toEqual(['HEAD', 'POST', 'PUT']);
  });
});
