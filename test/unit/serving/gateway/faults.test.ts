import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import type { RequestListener } from 'node:http';
import { startGateway } from '../../../../serving/gateway/gateway';
import {
  canaryOf,
  gatewayConfig,
  MODEL,
  NEW,
  OLD,
  startUpstream,
  temporaryFolder,
  TOKEN,
} from '../../../support/gateway';
import { answering, readAll, runtimeWith, startRegion, type GatewayRegion } from '../../../support/gateway-region';

const releases: (() => unknown)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
});
async function live(...args: Parameters<typeof startRegion>): Promise<GatewayRegion> {
  const region = await startRegion(...args);
  releases.push(region.close);
  await region.route({ stable: OLD });
  return region;
}
/** An address where nobody listens. */
async function deadUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}
const reset: RequestListener = (req) => void req.socket.destroy();

describe('the gateway', () => {
  it('answers quickly that no runtime can be reached, and when to ask again', async () => {
    const { infer, counts } = await live([], { upstreams: [await deadUrl()] });
    const answered = await infer();
    expect(answered).toMatchObject({ status: 503, version: OLD, headers: { 'retry-after': '1' } });
    expect(answered.text).toMatch(/no runtime of this region can be reached/);
    await expect(counts()).resolves.toMatchObject({ 'stable 1': { requests: 1, errors: { connect: 1 } } });
  });

  it.each([1_000, 300_000])('asks another runtime where a connection is refused, with %i bytes', async (bytes) => {
    const alive = await startUpstream(runtimeWith(OLD));
    releases.push(alive.close);
    const { infer, counts } = await live([], { upstreams: [await deadUrl(), alive.url, await deadUrl()] });
    for (let request = 0; request < 30; request++) {
      const { status, text } = await infer({ body: Buffer.alloc(bytes) });
      expect([status, JSON.parse(text)]).toMatchObject([200, { bytes }]);
    }
    await expect(counts()).resolves.toMatchObject({ 'stable 1': { requests: 30, errors: {} } });
  });

  it('uses a runtime again soon after it came back', async () => {
    const url = await deadUrl();
    const { infer } = await live([], { upstreams: [url] });
    await expect(infer()).resolves.toMatchObject({ status: 503 });
    const back = await startUpstream(runtimeWith(OLD), Number(new URL(url).port));
    releases.push(back.close);
    await expect(infer()).resolves.toMatchObject({ status: 200 });
  });

  it.each<[string, RequestListener, number, object]>([
    ['an answer of 500 or more', (_, res) => void res.writeHead(503).end('overloaded'), 503, { 'status-5xx': 1 }],
    ['a broken connection, without asking twice', reset, 502, { reset: 1 }],
    ['silence', () => undefined, 504, { timeout: 1 }],
    ['not having the version, which the application cannot help', runtimeWith(NEW), 503, { 'not-loaded': 1 }],
  ])('counts as an error of the version: %s', async (_, listener, status, errors) => {
    let calls = 0;
    const counted: RequestListener = (req, res) => {
      calls++;
      listener(req, res);
    };
    const { infer, counts } = await live([counted, counted], { timeoutMs: 200 });
    await expect(infer()).resolves.toMatchObject({ status, version: OLD });
    expect(calls).toBe(1);
    await expect(counts()).resolves.toEqual({ 'stable 1': { requests: 1, errors, inFlight: 0 } });
  });

  it('cuts an answer that breaks off: half of it never looks like the whole', async () => {
    const broken = answering(async (req, res) => {
      await readAll(req);
      res.writeHead(200, { 'content-length': 100 }).write('half');
      setImmediate(() => res.destroy());
    });
    const { infer, counts } = await live([broken]);
    await expect(infer()).rejects.toThrow();
    await expect(counts()).resolves.toMatchObject({ 'stable 1': { requests: 1, errors: { reset: 1 } } });
  });

  it('holds mistakes of the caller against no version', async () => {
    const picky = answering(async (req, res) => {
      await readAll(req);
      res.writeHead(req.url?.includes('/versions/') ? 404 : 400).end('{"error":"shape"}');
    });
    const { infer, counts } = await live([picky]);
    await expect(infer()).resolves.toMatchObject({ status: 400, text: '{"error":"shape"}' });
    await expect(infer({ path: `/v2/models/${MODEL}/versions/7/infer` })).resolves.toMatchObject({ status: 404 });
    await expect(counts()).resolves.toEqual({ 'stable 1': { requests: 2, errors: {}, inFlight: 0 } });
  });

  it('keeps stable free of the errors of a canary', async () => {
    const { infer, route, counts } = await live([runtimeWith(OLD)]); // NEW is not loaded
    await route({ stable: OLD, canary: canaryOf(50) });
    const statuses = new Map<string | undefined, Set<number>>();
    for (let request = 0; request < 60; request++) {
      const { version, status } = await infer();
      statuses.set(version, (statuses.get(version) ?? new Set()).add(status));
    }
    expect(statuses).toEqual(
      new Map([
        [OLD, new Set([200])],
        [NEW, new Set([503])],
      ]),
    );
    const seen = await counts();
    expect(seen['stable 2']?.errors).toEqual({});
    expect(seen['canary 2']?.errors).toEqual({ 'not-loaded': seen['canary 2']?.requests });
  });

  it('keeps its counters over a restart, and begins anew where they are damaged', async () => {
    const { folder, release } = temporaryFolder();
    const runtime = await startUpstream(runtimeWith(OLD));
    releases.push(release, runtime.close);
    const region = await live([], { stateDir: folder, upstreams: [runtime.url] });
    for (let request = 0; request < 5; request++) await region.infer();
    await region.gateway.close();

    const again = async () => {
      const events: string[] = [];
      const config = gatewayConfig(folder, { upstreams: [runtime.url] });
      const gateway = await startGateway(config, { onEvent: (event) => void events.push(event) });
      const url = `${gateway.controlUrl}/control/models/${MODEL}/counters`;
      const res = await fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } });
      const { segments } = (await res.json()) as { segments: { requests: number }[] };
      await gateway.close();
      return { events, requests: segments.map(({ requests }) => requests) };
    };
    await expect(again()).resolves.toEqual({ events: [], requests: [5] });
    const file = path.join(folder, 'counters.json');
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, -9));
    await expect(again()).resolves.toEqual({ events: ['counters begin anew'], requests: [] });
  });

  it('tells Prometheus what it served, behind the token', async () => {
    const { infer, gateway } = await live([runtimeWith(OLD)]);
    for (let request = 0; request < 3; request++) await infer();
    const url = `${gateway.controlUrl}/metrics`;
    expect((await fetch(url)).status).toBe(401);
    const text = await (await fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } })).text();
    const of = `model="fraud",digest="${OLD}",arm="stable"`;
    expect(text).toContain(`meridian_gateway_requests_total{${of}} 3\n`);
    expect(text).toContain(`meridian_gateway_latency_seconds_bucket{${of},le="+Inf"} 3\n`);
    expect(text).toContain(`meridian_gateway_latency_seconds_count{${of}} 3\n`);
    expect(text).toContain('meridian_gateway_route_generation{model="fraud"} 1\n');
    expect((await fetch(`${gateway.controlUrl}/healthz`)).status).toBe(200);
  });
});
