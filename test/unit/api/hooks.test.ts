import { Failure } from '../../../domain/failures';
import { FRAUD, HOOK_SECRET, makeApi, V1, V2, type Api } from './fakes';

const LIE = `sha256:${'f'.repeat(64)}`;
const target = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: LIE,
  repository: 'models/fraud',
  tag: 'latest',
};
const DISTRIBUTION = { events: [{ id: 'e1', action: 'push', target, request: { host: 'registry' } }] };
const HARBOR_DATA = {
  resources: [{ digest: LIE, tag: 'latest', resource_url: 'registry/models/fraud:latest' }],
  repository: { name: 'fraud', namespace: 'models', repo_full_name: 'models/fraud', repo_type: 'private' },
};
const HARBOR = { type: 'PUSH_ARTIFACT', occur_at: 1_680_501_893, operator: 'ci', event_data: HARBOR_DATA };
const HARBOR_CE = { specversion: '1.0', id: 'h1', source: '/x', type: 'harbor.artifact.pushed', data: HARBOR_DATA };
const ZOT_DATA = { name: 'models/fraud', reference: 'latest', digest: LIE, mediaType: 'x', manifest: '{}' };
const ZOT_CE = { specversion: '1.0', id: 'z1', source: 'zot', type: 'zotregistry.image.updated', data: ZOT_DATA };

const hook = (payload: object, headers: Record<string, string> = {}) =>
  ({
    ...{ method: 'POST', url: '/v1/hooks/registry', payload },
    headers: { authorization: `Bearer ${HOOK_SECRET}`, ...headers },
  }) as const;

/** Ends the api, which waits until everything taken was offered. */
async function offered({ app, engine }: Api) {
  await app.close();
  return engine.offers.map(({ model, offer: { digest, source } }) => ({ model, digest, source }));
}

describe('POST /v1/hooks/registry', () => {
  it.each([
    ['distribution', DISTRIBUTION, { 'content-type': 'application/vnd.docker.distribution.events.v2+json' }],
    ['harbor', HARBOR, {}],
    ['harbor', HARBOR_CE, { 'content-type': 'application/cloudevents+json' }],
    ['zot', ZOT_CE, { 'content-type': 'application/cloudevents+json' }],
    ['zot', ZOT_DATA, { 'ce-type': 'com.example.image.updated', 'ce-id': 'z2' }],
  ])(
    'understands %s and offers the digest that the registry names, whatever the body says',
    async (sender, body, more) => {
      const api = makeApi();
      api.tags.set('models/fraud:latest', V2);
      const reply = await api.app.inject({
        ...hook(body, more),
        payload: JSON.stringify(body),
        headers: headersOf(more),
      });
      expect(reply.statusCode).toBe(202);
      const follows = [{ model: FRAUD, repository: 'models/fraud', tag: 'latest' }];
      expect(reply.json()).toEqual({ sender, events: 1, ignored: 0, follows });
      expect(await offered(api)).toEqual([{ model: FRAUD, digest: V2, source: 'registry' }]);
    },
  );

  it('looks at every followed tag when the body names none', async () => {
    const api = makeApi();
    api.tags.set('models/fraud:hotfix', V1);
    const body = { ...ZOT_CE, data: { ...ZOT_DATA, reference: LIE } };
    await api.app.inject(hook(body));
    expect(await offered(api)).toEqual([{ model: FRAUD, digest: V1, source: 'registry' }]);
    expect(api.looks).toEqual(['models/fraud:latest', 'models/fraud:hotfix']);
  });

  it.each([
    [
      'a repository that nobody follows',
      { events: [{ action: 'push', target: { ...target, repository: 'models/x' } }] },
    ],
    ['a tag that nobody follows', { events: [{ action: 'push', target: { ...target, tag: 'dev' } }] }],
    ['a pull', { events: [{ action: 'pull', target }] }],
    ['a deletion in Harbor', { ...HARBOR, type: 'DELETE_ARTIFACT' }],
    ['a deletion in zot', { ...ZOT_CE, type: 'zotregistry.image.deleted' }],
    ['a tag that is not in the registry', DISTRIBUTION],
  ])('does nothing on %s', async (_what, body) => {
    const api = makeApi();
    api.tags.set('models/x:latest', V2).set('models/fraud:dev', V2);
    expect((await api.app.inject(hook(body))).statusCode).toBe(202);
    expect(await offered(api)).toEqual([]);
  });

  it('folds a burst of a hundred into one look', async () => {
    const api = makeApi();
    api.tags.set('models/fraud:latest', V2);
    Object.assign(api.ports.clock, { sleep: () => burst });
    const burst = Promise.all(Array.from({ length: 100 }, () => api.app.inject(hook(DISTRIBUTION))));
    expect((await burst).every(({ statusCode }) => statusCode === 202)).toBe(true);
    expect(await offered(api)).toHaveLength(1);
    expect(api.looks).toHaveLength(1);
  });

  it('tries again when Temporal does not answer', async () => {
    const api = makeApi();
    api.tags.set('models/fraud:latest', V2);
    api.engine.failure = new Failure('EngineUnavailable', 'away');
    await api.app.inject(hook(DISTRIBUTION));
    while (api.looks.length < 2) await new Promise(setImmediate);
    api.engine.failure = null;
    while (api.engine.offers.length === 0) await new Promise(setImmediate);
    expect(await offered(api)).toEqual([{ model: FRAUD, digest: V2, source: 'registry' }]);
  });

  it.each([
    ['none', {}],
    ['a wrong one', { authorization: 'Bearer wrong' }],
    ['an empty one', { authorization: 'Bearer ', 'x-meridian-secret': '' }],
  ])('refuses %s as its secret', async (_what, headers) => {
    const api = makeApi();
    const reply = await api.app.inject({ method: 'POST', url: '/v1/hooks/registry', payload: DISTRIBUTION, headers });
    expect([reply.statusCode, reply.json()]).toMatchObject([401, { error: { code: 'Unauthorized' } }]);
    expect(await offered(api)).toEqual([]);
  });

  it.each([{ authorization: HOOK_SECRET }, { 'x-meridian-secret': HOOK_SECRET }])(
    'takes the secret as %j',
    async (headers) => {
      const reply = await makeApi().app.inject({ method: 'POST', url: '/v1/hooks/registry', payload: HARBOR, headers });
      expect(reply.statusCode).toBe(202);
    },
  );

  it('refuses every hook when no secret is set', async () => {
    expect((await makeApi({ hook: null }).app.inject(hook(DISTRIBUTION))).statusCode).toBe(403);
  });

  it.each([{}, { events: 'many' }, { type: 'PUSH_ARTIFACT' }, ZOT_DATA, { specversion: '1.0', type: 'x', data: null }])(
    'says that %j is no event',
    async (body) => {
      expect((await makeApi().app.inject(hook(body))).statusCode).toBe(400);
    },
  );
});

function headersOf(more: object) {
  return { authorization: `Bearer ${HOOK_SECRET}`, 'content-type': 'application/json', ...more };
}
