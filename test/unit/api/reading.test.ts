import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Failure } from '../../../domain/failures';
import type { ManifestEvent, ManifestRow, PromotionRecord } from '../../../ports/manifest';
import { EU, FRAUD, makeApi, V1, V2 } from './fakes';

const event: Omit<ManifestEvent, 'id'> = {
  ...{ at: '2026-01-01T00:00:00.000Z', model: FRAUD, promotion: null, region: EU, kind: 'phase' },
  ...{ text: 'eu-north enters canary', detail: { weightPct: 5 } },
};
const row: ManifestRow = {
  ...{ model: FRAUD, region: EU, epoch: 1, seq: 5, target: null, live: V1, previous: [], phase: 'live' },
  ...{ outcome: null, promotion: null, since: '2026-01-01T00:00:00.000Z' },
};
const record: PromotionRecord = {
  ...{ id: 'promotion/fraud/2', model: FRAUD, epoch: 2, digest: V2, version: 'v2', planHash: V1, starter: 'registry' },
  ...{ startedAt: '2026-01-01T00:00:00.000Z', endedAt: '2026-01-01T00:01:00.000Z', outcome: 'rolled-back' },
  ...{ reason: { kind: 'breach', text: 'ap-south' }, timeToSafeMs: 1_500 },
};

describe('what people ask the manifest', () => {
  it('answers with the rows, the history and the account of a digest', async () => {
    const { app, manifest } = makeApi();
    await manifest.record(row);
    await manifest.recordPromotion(record);
    const account = { model: FRAUD, digest: V2, state: 'denied', text: 'breach in ap-south', at: event.at } as const;
    await manifest.recordDigest(account);
    expect((await app.inject('/v1/manifest?model=fraud')).json()).toEqual({ rows: [row] });
    expect((await app.inject('/v1/history')).json()).toEqual({ promotions: [record], digests: [account] });
    for (const digest of [V2, '222222', 'sha256:2222222']) {
      const explained = { accounts: [account], promotions: [record] };
      expect((await app.inject(`/v1/digests/${digest}`)).json()).toEqual(explained);
    }
    expect((await app.inject(`/v1/digests/${V1}`)).statusCode).toBe(404);
    expect((await app.inject('/v1/digests/latest')).statusCode).toBe(400);
  });

  it('answers 503 with the words of a manifest that is away', async () => {
    const { app, ports } = makeApi();
    const away = new Failure('ManifestUnavailable', 'the manifest at 127.0.0.1:5432/x does not answer; check that ...');
    Object.assign(ports.manifest, { rows: async () => Promise.reject(away) });
    const reply = await app.inject('/v1/manifest');
    const error = { code: 'ManifestUnavailable', message: away.message };
    expect([reply.statusCode, reply.json()]).toEqual([503, { error }]);
    expect((await app.inject('/metrics')).body).toContain('meridian_manifest_up 0');
  });

  it('shows metrics in the text format of Prometheus', async () => {
    const { app, manifest } = makeApi();
    await manifest.record(row);
    await manifest.recordPromotion(record);
    const { body, headers } = await app.inject('/metrics');
    expect(headers['content-type']).toMatch('text/plain; version=0.0.4');
    for (const line of [
      'meridian_promotions_total{model="fraud",outcome="rolled-back"} 1',
      'meridian_time_to_safe_seconds_sum{model="fraud",outcome="rolled-back"} 1.5',
      'meridian_regions{model="fraud",phase="live"} 1',
    ]) {
      expect(body.split('\n')).toContain(line);
    }
    const shape = /^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [\d.]+|)$/;
    expect(body.split('\n').filter((line) => !shape.test(line))).toEqual([]);
  });
});

describe('GET /v1/events', () => {
  /** Reads server-sent events until there are `wanted`, then hangs up. */
  async function received(url: string, wanted: number, headers: Record<string, string> = {}) {
    const request = get(url, { headers, agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of response) {
      text += String(chunk);
      if (text.split('\nid: ').length > wanted) break;
    }
    request.destroy();
    return text.split('\n\n').filter((frame) => frame.startsWith('id: '));
  }

  it('streams events with their ids, goes on after the last one seen, and keeps to a model', async () => {
    const { app, manifest } = makeApi();
    await app.listen({ port: 0, host: '127.0.0.1' });
    const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/v1/events`;
    for (const text of ['one', 'two', 'three']) await manifest.append(text, { ...event, text });
    await manifest.append('other', { ...event, model: 'other' as typeof FRAUD });

    const all = await received(`${url}?after=0`, 3);
    expect(all[0]).toBe(
      `id: 1\nevent: phase\ndata: ${JSON.stringify((await manifest.events({ afterId: 0, limit: 1 }))[0])}`,
    );
    const resumed = await received(`${url}?model=fraud`, 1, { 'last-event-id': '2' });
    expect(resumed.map((frame) => frame.split('\n')[0])).toEqual(['id: 3']);
    const live = received(`${url}?model=fraud&after=4`, 1);
    await manifest.append('new', { ...event, text: 'new' });
    expect((await live)[0]).toContain('"text":"new"');
    await app.close();
  });
});

describe('health', () => {
  it('is alive whatever else is away, and ready when all that it stands on answers', async () => {
    const { app, engine } = makeApi();
    expect((await app.inject('/readyz')).json()).toMatchObject({ ready: true });
    engine.failure = new Failure('EngineUnavailable', 'Temporal at 127.0.0.1:7233 does not answer');
    expect((await app.inject('/healthz')).statusCode).toBe(200);
    const reply = await app.inject('/readyz');
    expect(reply.statusCode).toBe(503);
    const { checks } = reply.json<{ checks: { name: string; problem: string | null }[] }>();
    expect(checks.filter(({ problem }) => problem !== null)).toEqual([
      { name: 'temporal', ready: false, problem: 'Temporal at 127.0.0.1:7233 does not answer' },
    ]);
  });
});

describe('POST /v1/configuration', () => {
  const files = [{ name: 'fleet.yaml', text: 'regions: []' }];
  const apply = (payload: object, headers = {}) =>
    ({ method: 'POST', url: '/v1/configuration', payload, headers }) as const;

  it('installs files, and installs nothing on a dry run or when one is bad', async () => {
    const { app, installed } = makeApi();
    const dry = await app.inject(apply({ files, dryRun: true }));
    expect(dry.json()).toEqual({ dryRun: true, installed: [], wouldInstall: ['fleet.yaml'] });
    const bad = await app.inject(apply({ files: [...files, { name: 'bad.yaml', text: '' }] }));
    expect(bad.statusCode).toBe(422);
    expect(bad.json<{ error: { message: string } }>().error.message).toContain('bad.yaml:3');
    expect(installed).toEqual([]);
    expect((await app.inject(apply({ files }))).json()).toMatchObject({ installed: ['fleet.yaml'] });
  });

  it('asks for the token where one is set, and is closed to other computers where none is', async () => {
    const guarded = makeApi({ token: 'the token' });
    expect((await guarded.app.inject(apply({ files }))).statusCode).toBe(401);
    const headers = { authorization: 'Bearer the token' };
    expect((await guarded.app.inject(apply({ files }, headers))).statusCode).toBe(200);
    expect((await makeApi({ isLocal: false }).app.inject(apply({ files }))).statusCode).toBe(403);
  });
});

describe('the OpenAPI document', () => {
  interface Operation {
    readonly operationId: string;
    readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: object }[];
    readonly responses: Readonly<Record<string, { readonly description: string }>>;
  }

  it('describes every route that exists, with its parameters and answers', async () => {
    const { app } = makeApi();
    await app.ready();
    const document = (await app.inject('/openapi.json')).json<{
      openapi: string;
      paths: Record<string, Record<string, Operation>>;
    }>();
    expect(document.openapi).toBe('3.1.0');
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );
    expect(operations.length).toBeGreaterThan(25);
    for (const { path, method, operation } of operations) {
      expect(app.hasRoute({ method: method.toUpperCase() as 'GET', url: path.replace(/\{(\w+)\}/g, ':$1') })).toBe(
        true,
      );
      const inPath = operation.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      expect(inPath).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
      expect(operation.responses.default).toBeDefined();
      expect(Object.values(operation.responses).every(({ description }) => description.length > 0)).toBe(true);
    }
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

it('answers an unknown path and a broken body in the one shape of errors', async () => {
  const { app } = makeApi();
  expect((await app.inject('/v2/nothing')).json()).toMatchObject({ error: { code: 'NotFound' } });
  const headers = { 'content-type': 'application/json' };
  const broken = await app.inject({ method: 'POST', url: '/v1/plans', payload: '{"model":', headers });
  expect([broken.statusCode, broken.json()]).toMatchObject([400, { error: { code: expect.any(String) as string } }]);
});
