import { createHash, randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { canaryOf, MODEL, OLD } from '../../../support/gateway';
import { answering, readAll, startRegion, type GatewayRegion } from '../../../support/gateway-region';

const regions: GatewayRegion[] = [];
afterEach(async () => {
  for (const region of regions.splice(0)) await region.close();
});
async function live(...args: Parameters<typeof startRegion>): Promise<GatewayRegion> {
  const started = await startRegion(...args);
  regions.push(started);
  await started.route({ stable: OLD });
  return started;
}
const inferUrl = ({ gateway }: GatewayRegion) => `${gateway.url}/v2/models/${MODEL}/infer`;
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('the gateway', () => {
  it('streams an answer piece by piece, as it comes', async () => {
    const held = new EventEmitter();
    const region = await live([
      answering(async (req, res) => {
        await readAll(req);
        res.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
        for (const piece of ['data: one\n\n', 'data: two\n\n']) {
          await once(held, 'go');
          res.write(piece);
        }
        res.end();
      }),
    ]);
    const req = ask(inferUrl(region), { method: 'POST' }).end('{}');
    const [res] = (await once(req, 'response')) as [IncomingMessage]; // the head comes before the first piece
    const pieces = res[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    held.emit('go');
    expect((await pieces.next()).value?.toString()).toBe('data: one\n\n');
    held.emit('go');
    expect((await pieces.next()).value?.toString()).toBe('data: two\n\n');
    expect((await pieces.next()).done).toBe(true);
    await expect(region.counts()).resolves.toMatchObject({ 'stable 1': { requests: 1, errors: {} } });
  });

  it('carries big bodies both ways, byte for byte', async () => {
    const body = randomBytes(5_000_000);
    const back = randomBytes(5_000_000);
    let arrived = '';
    const region = await live([
      answering(async (req, res) => {
        arrived = sha256(await readAll(req));
        res.writeHead(200, { 'content-length': back.length }).end(back);
      }),
    ]);
    const req = ask(inferUrl(region), { method: 'POST', headers: { 'content-length': body.length } }).end(body);
    const [res] = (await once(req, 'response')) as [IncomingMessage];
    expect(sha256(await readAll(res))).toBe(sha256(back));
    expect(arrived).toBe(sha256(body));
  });

  it('reads no faster than the caller takes it, and sends no faster than the runtime takes it', async () => {
    const bytes = 256 * 1024 * 1024;
    const slow = new EventEmitter();
    let offered = 0;
    const region = await live([
      answering(async (req, res) => {
        if (req.headers['x-way'] === 'up') {
          req.pause();
          await once(slow, 'read');
          return res.end(String((await readAll(req)).length));
        }
        req.resume();
        res.writeHead(200, { 'content-length': bytes });
        const chunk = Buffer.alloc(1024 * 1024);
        while (offered < bytes && !res.destroyed) {
          offered += chunk.length;
          if (!res.write(chunk)) await Promise.race([once(res, 'drain'), once(res, 'close')]);
        }
      }),
    ]);
    const down = ask(inferUrl(region), { method: 'POST' }).end('{}');
    const [res] = (await once(down, 'response')) as [IncomingMessage];
    res.pause();
    const up = ask(inferUrl(region), { method: 'POST', headers: { 'x-way': 'up', 'content-length': bytes } });
    up.on('error', () => undefined);
    let sent = 0;
    const pump = async () => {
      const piece = Buffer.alloc(1024 * 1024);
      for (; sent < bytes && !up.destroyed; sent += piece.length) {
        if (!up.write(piece)) await Promise.race([once(up, 'drain'), once(up, 'close')]);
      }
    };
    const pumping = pump().catch(() => undefined);
    for (let still = 0, before = -1; still < 20; still = before === offered + sent ? still + 1 : 0) {
      before = offered + sent;
      await region.counts(); // a round trip: whatever still flows would have flowed
    }
    expect(offered).toBeLessThan(bytes / 4);
    expect(sent).toBeLessThan(bytes / 4);
    down.destroy();
    up.destroy();
    await pumping;
  });

  it('ends the call when the caller leaves, and holds it against nobody', async () => {
    const calls = new EventEmitter();
    const region = await live([
      answering(async (req, res) => {
        await readAll(req);
        const left = once(res, 'close');
        calls.emit('begun');
        await left;
        calls.emit('left');
      }),
    ]);
    const begun = once(calls, 'begun');
    const left = once(calls, 'left');
    const req = ask(inferUrl(region), { method: 'POST' }).on('error', () => undefined);
    req.end('{}');
    await begun;
    await expect(region.counts()).resolves.toMatchObject({ 'stable 1': { inFlight: 1 } });
    req.destroy();
    await left;
    await expect(region.counts()).resolves.toEqual({ 'stable 1': { requests: 0, errors: {}, inFlight: 0 } });
  });

  it('ends the call when the caller leaves in the middle of a long body', async () => {
    const calls = new EventEmitter();
    const region = await live([
      (req, res) => {
        req.once('data', () => calls.emit('begun')).on('error', () => undefined);
        res.on('close', () => calls.emit('left', req.complete));
      },
    ]);
    const [begun, left] = [once(calls, 'begun'), once(calls, 'left')];
    const req = ask(inferUrl(region), { method: 'POST', headers: { 'content-length': 10_000_000 } });
    req.on('error', () => undefined).write(Buffer.alloc(200_000));
    await begun;
    req.destroy();
    await expect(left).resolves.toEqual([false]);
    await expect(region.counts()).resolves.toEqual({ 'stable 1': { requests: 0, errors: {}, inFlight: 0 } });
  });

  it('lets what is under way end when it is told to stop, and takes nothing new', async () => {
    const calls = new EventEmitter();
    const region = await live([
      answering(async (req, res: ServerResponse) => {
        await readAll(req);
        calls.emit('begun');
        await once(calls, 'go');
        res.end('done');
      }),
    ]);
    const begun = once(calls, 'begun');
    const answered = region.infer();
    await begun;
    const closed = region.gateway.close();
    await expect(fetch(inferUrl(region), { method: 'POST', body: '{}' })).rejects.toThrow();
    calls.emit('go');
    await expect(answered).resolves.toMatchObject({ status: 200, text: 'done', headers: { connection: 'close' } });
    await closed;
  });

  it('gives no copy of a body that is streamed to a mirrored canary', async () => {
    let calls = 0;
    const region = await live([
      answering(async (req, res) => {
        calls++;
        res.end(String((await readAll(req)).length));
      }),
    ]);
    await region.route({ stable: OLD, canary: canaryOf(99, { mode: 'mirror' }) });
    await expect(region.infer({ body: Buffer.alloc(500_000) })).resolves.toMatchObject({ text: '500000' });
    expect(calls).toBe(1);
  });
});
