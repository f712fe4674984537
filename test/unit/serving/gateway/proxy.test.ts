import { once } from 'node:events';
import { request as ask, type IncomingMessage } from 'node:http';
import { servedName } from '../../../../domain/ids';
import { canaryOf, MODEL, NEW, OLD } from '../../../support/gateway';
import { answering, readAll, runtimeWith, startRegion, type GatewayRegion } from '../../../support/gateway-region';

const regions: GatewayRegion[] = [];
afterEach(async () => {
  for (const region of regions.splice(0)) await region.close();
});
async function region(...args: Parameters<typeof startRegion>): Promise<GatewayRegion> {
  const started = await startRegion(...args);
  regions.push(started);
  return started;
}
/** So many requests, 32 at a time. */
async function load(requests: number, one: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < requests) await one(next++);
  };
  await Promise.all(Array.from({ length: 32 }, worker));
}

describe('the gateway', () => {
  it('answers 404 with a reason while no version is live, and holds it against none', async () => {
    const { infer, route, counts } = await region([runtimeWith(OLD)]);
    await expect(infer()).resolves.toMatchObject({ status: 404, text: '{"error":"no version live"}' });
    await route({ stable: null });
    await expect(infer()).resolves.toMatchObject({ status: 404 });
    await expect(counts()).resolves.toEqual({});
  });

  it('sends requests to the served name of the live version and says which one answered', async () => {
    const { infer, route, counts } = await region([runtimeWith(OLD)]);
    await route({ stable: OLD });
    const { status, version, text } = await infer({ body: 'x'.repeat(1024) });
    expect([status, version]).toEqual([200, OLD]);
    expect(JSON.parse(text)).toEqual({ url: `/v2/models/${servedName(MODEL, OLD)}/infer`, bytes: 1024 });
    await expect(counts()).resolves.toEqual({ 'stable 1': { requests: 1, errors: {}, inFlight: 0 } });
  });

  it.each([5, 25, 50])('gives the canary %i percent of the requests', async (weightPct) => {
    const { infer, route, counts } = await region([runtimeWith(OLD, NEW)]);
    await route({ stable: OLD, canary: canaryOf(weightPct) });
    const requests = 1_000;
    let canary = 0;
    await load(requests, async () => {
      const { status, version } = await infer();
      expect(status).toBe(200);
      if (version === NEW) canary++;
    });
    const share = weightPct / 100;
    expect(Math.abs(canary - requests * share)).toBeLessThan(4 * Math.sqrt(requests * share * (1 - share)));
    await expect(counts()).resolves.toMatchObject({
      'canary 1': { requests: canary, errors: {} },
      'stable 1': { requests: requests - canary, errors: {} },
    });
  });

  it('fails no request while the route moves under load', async () => {
    const { infer, route, counts } = await region([runtimeWith(OLD, NEW), runtimeWith(OLD, NEW)]);
    await route({ stable: OLD });
    const traffics = [{ stable: OLD, canary: canaryOf(50) }, { stable: NEW }, { stable: OLD }];
    const versions = new Set<string | undefined>();
    const flips: Promise<void>[] = [];
    await load(2_000, async (index) => {
      const traffic = traffics[(index / 400) % 3];
      if (index % 400 === 0 && traffic) flips.push(route(traffic));
      const { status, version } = await infer();
      expect(status).toBe(200);
      versions.add(version);
    });
    await Promise.all(flips);
    expect(versions).toEqual(new Set([OLD, NEW]));
    let counted = 0;
    for (const { requests, errors } of Object.values(await counts())) {
      expect(errors).toEqual({});
      counted += requests;
    }
    expect(counted).toBe(2_000);
  });

  it('keeps a client on its arm, and never takes it back while the weight rises, where told to', async () => {
    const { infer, route } = await region([runtimeWith(OLD, NEW)], { sticky: 'client' });
    const clients = Array.from({ length: 60 }, (_, client) => `client-${client}`);
    let before = new Set<string>();
    for (const weightPct of [25, 50, 75]) {
      await route({ stable: OLD, canary: canaryOf(weightPct) });
      const onCanary = new Set<string>();
      for (const id of [...clients, ...clients]) {
        const { version } = await infer({ headers: { 'x-client-id': id } });
        if (version === NEW) onCanary.add(id);
        else expect(onCanary).not.toContain(id);
      }
      for (const id of before) expect(onCanary).toContain(id);
      before = onCanary;
    }
    expect(before.size).toBeGreaterThan(30);
  });

  it('gives a mirrored canary copies and its answers to nobody', async () => {
    const copies: string[] = [];
    const runtime = answering(async (req, res) => {
      const body = (await readAll(req)).toString();
      const isCopy = req.url?.includes(servedName(MODEL, NEW)) ?? false;
      if (isCopy) copies.push(body);
      res.writeHead(isCopy ? 500 : 200).end(isCopy ? 'from the canary' : 'from stable');
    });
    const { infer, route, counts } = await region([runtime]);
    await route({ stable: OLD, canary: canaryOf(99, { mode: 'mirror' }) });
    for (let request = 0; request < 40; request++) {
      await expect(infer({ body: 'same' })).resolves.toMatchObject({ status: 200, version: OLD, text: 'from stable' });
    }
    let seen = await counts();
    while ((seen['mirror 1']?.inFlight ?? 1) > 0) seen = await counts();
    expect(seen['stable 1']).toMatchObject({ requests: 40, errors: {} });
    expect(new Set(copies)).toEqual(new Set(['same']));
    expect(copies.length).toBeGreaterThan(30);
    expect(seen['mirror 1']).toMatchObject({ requests: copies.length, errors: { 'status-5xx': copies.length } });
  });

  it('gives a mirrored canary copies of what is asked by a model in the body', async () => {
    const models: unknown[] = [];
    const runtime = answering(async (req, res) => {
      models.push((JSON.parse((await readAll(req)).toString()) as { model: unknown }).model);
      res.end('{}');
    });
    const { infer, route, counts } = await region([runtime]);
    await route({ stable: OLD, canary: canaryOf(99, { mode: 'mirror' }) });
    const chat = { path: '/v1/chat/completions', body: JSON.stringify({ model: MODEL, messages: [] }) };
    for (let request = 0; request < 20; request++) await infer(chat);
    const copies = (await counts())['mirror 1']?.requests;
    expect(copies).toBeGreaterThan(10);
    while (models.length < 20 + Number(copies)) await counts();
    expect(models.filter((model) => model === servedName(MODEL, NEW))).toHaveLength(Number(copies));
  });

  it('falls back to stable by itself when the lease of a canary ends', async () => {
    const { infer, route, node } = await region([runtimeWith(OLD, NEW)]);
    await route({ stable: OLD, canary: canaryOf(99, { leaseMs: 300 }) });
    const seen: (string | undefined)[] = [];
    while (seen.at(-1) === undefined || (await node.read(MODEL)).route.canary) seen.push((await infer()).version);
    expect(seen).toContain(NEW);
    for (let request = 0; request < 50; request++) expect((await infer()).version).toBe(OLD);
    expect((await node.read(MODEL)).route).toMatchObject({ cause: 'lease', generation: 2 });
  });

  it('puts the served name into an OpenAI-compatible body and leaves every other byte', async () => {
    const runtime = answering(async (req, res) => res.end(await readAll(req)));
    const { infer, route } = await region([runtime]);
    await route({ stable: OLD });
    const path = '/v1/chat/completions';
    const answered = await infer({ path, body: '{"n": 1.0, "model":"fraud", "x":"\\u00e9"}' });
    expect(answered.text).toBe(`{"n": 1.0, "model":"${servedName(MODEL, OLD)}", "x":"\\u00e9"}`);
    const long = `{"model":"fraud","image":"${'i'.repeat(3_000_000)}"}`;
    expect((await infer({ path, body: long })).text).toBe(long.replace('fraud', servedName(MODEL, OLD)));
    await expect(infer({ path, body: '{"model":"other"}' })).resolves.toMatchObject({ status: 404 });
    await expect(infer({ path, body: '[]' })).resolves.toMatchObject({ status: 400 });
    const late = `{"image":"${'i'.repeat(1_100_000)}","model":"fraud"}`;
    await expect(infer({ path, body: late })).resolves.toMatchObject({ status: 413 });
    const { text } = await infer({ path: '/v1/models', method: 'GET' });
    expect(JSON.parse(text)).toMatchObject({ object: 'list', data: [{ id: 'fraud' }] });
  });

  it('passes metadata and readiness on to stable, uncounted, and lets nobody near the repository', async () => {
    const runtime = answering(async (req, res) => res.end(req.url));
    const { infer, route, counts } = await region([runtime]);
    await route({ stable: OLD, canary: canaryOf(99) });
    const name = servedName(MODEL, OLD);
    await expect(infer({ path: `/v2/models/${MODEL}`, method: 'GET' })).resolves.toMatchObject({
      text: `/v2/models/${name}`,
    });
    const ready = await infer({ path: `/v2/models/${MODEL}/ready`, method: 'GET' });
    expect(ready.text).toBe(`/v2/models/${name}/ready`);
    await expect(infer({ path: '/v2/health/ready', method: 'GET' })).resolves.toMatchObject({ status: 200 });
    await expect(infer({ path: `/v2/repository/models/${name}/unload` })).resolves.toMatchObject({ status: 404 });
    await expect(infer({ method: 'GET' })).resolves.toMatchObject({ status: 405 });
    await expect(counts()).resolves.toEqual({});
  });

  it('takes off what belongs to one connection and passes all else', async () => {
    const runtime = answering(async (req, res) => {
      res.writeHead(200, {
        connection: 'keep-alive, x-private',
        'x-private': '1',
        'set-cookie': ['a=1', 'b=2'],
        'x-own': 'y',
      });
      res.end(JSON.stringify(req.headers));
    });
    const { route, gateway } = await region([runtime]);
    await route({ stable: OLD });
    const headers = { connection: 'x-hop, keep-alive', 'x-hop': '1', te: 'trailers', 'x-kept': 'z' };
    const req = ask(`${gateway.url}/v2/models/${MODEL}/infer`, { method: 'POST', headers });
    req.write('{'); // no length yet: chunked
    req.end('}');
    const [res] = (await once(req, 'response')) as [IncomingMessage];
    const upstream = JSON.parse((await readAll(res)).toString()) as Record<string, string>;
    expect(upstream).toMatchObject({ 'x-kept': 'z', 'transfer-encoding': 'chunked' });
    for (const name of ['x-hop', 'te']) expect(upstream).not.toHaveProperty(name);
    expect(res.headers).toMatchObject({ 'x-own': 'y', 'set-cookie': ['a=1', 'b=2'] });
    expect(res.headers).not.toHaveProperty('x-private');
  });
});
