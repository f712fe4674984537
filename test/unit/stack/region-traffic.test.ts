import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Agent } from 'undici';
import { RegionTraffic } from '../../../stack/region-traffic';

const VERSION = `sha256:${'a'.repeat(64)}`;

let server: Server;
let live: boolean;
let agent: Agent;
let traffic: RegionTraffic;
beforeEach(async () => {
  live = false;
  server = createServer((_, answer) =>
    answer.writeHead(live ? 200 : 404, live ? { 'x-model-version': VERSION } : {}).end(),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  agent = new Agent();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  traffic = new RegionTraffic('eu-north', url, ['{}'], agent);
});
afterEach(async () => {
  await agent.close();
  server.close();
});

/** Asks once more, and waits for the answer. */
async function asked(nowMs: number, holds: () => boolean): Promise<void> {
  traffic.tick(nowMs, 100);
  while (!holds()) await pause(1);
}

describe('the applications of a region', () => {
  it('count nothing before a version answers, and from then on what was due, sent and answered', async () => {
    await asked(1_000, () => traffic.counts(1_000).beforeLive === 1);
    expect(traffic.counts(5_000)).toMatchObject({ sinceMs: null, forMs: 0, requested: 0, requests: 0 });
    live = true;
    await asked(6_000, () => traffic.counts(6_000).sinceMs !== null);
    expect(traffic.counts(6_500)).toMatchObject({ forMs: 500, longestPauseMs: 500, requested: 0, requests: 0 });
    await asked(6_100, () => traffic.counts(6_100).answersByVersion[VERSION] === 11);
    expect(traffic.counts(7_100)).toMatchObject({
      ...{ forMs: 1_100, requested: 10, requests: 10, longestPauseMs: 1_000, errors: 0 },
    });
  });
});
