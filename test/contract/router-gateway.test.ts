import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { GatewayRouterNode } from '../../adapters/router/gateway';
import { startGateway } from '../../serving/gateway/gateway';
import { gatewayConfig, MODEL, NODE, ROLLOUT, startGatewayProcess, temporaryFolder } from '../support/gateway';
import { TOKEN, token, type GatewayProcess } from '../support/gateway';
import { routerLaws } from './router';

const releases: (() => unknown)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
});

function nodeAt(controlUrl: string, secret = TOKEN): GatewayRouterNode {
  const node = new GatewayRouterNode({ id: NODE, controlUrl, token: secret });
  releases.push(() => node.close());
  return node;
}
function folder(): string {
  const made = temporaryFolder();
  releases.push(made.release);
  return made.folder;
}

describe('the gateway node, a process of its own', () => {
  async function started(stateDir: string): Promise<GatewayProcess> {
    const gateway = await startGatewayProcess(stateDir);
    releases.push(gateway.kill);
    return gateway;
  }

  routerLaws(async () => {
    const stateDir = folder();
    let gateway = await started(stateDir);
    const node = nodeAt(gateway.controlUrl);
    return {
      node,
      restart: async () => {
        await gateway.kill();
        gateway = await started(stateDir);
        return nodeAt(gateway.controlUrl);
      },
      pass: async (ms) => {
        const { clockMs } = await node.read(MODEL);
        while ((await node.read(MODEL)).clockMs < clockMs + ms);
      },
    };
  });

  it('refuses to start on damaged routes and says what to do', async () => {
    const stateDir = folder();
    const gateway = await started(stateDir);
    const node = nodeAt(gateway.controlUrl);
    await node.fence(MODEL, { token: token(1, 1), rollout: ROLLOUT });
    await node.fence(MODEL, { token: token(2, 1), rollout: ROLLOUT });
    await gateway.kill();
    const file = path.join(stateDir, 'routes.json');
    const good = readFileSync(file, 'utf8');
    writeFileSync(file, good.slice(0, -40));
    await expect(startGatewayProcess(stateDir)).rejects.toThrow(/routes\.json is damaged .*routes\.json\.previous/);
    writeFileSync(file, readFileSync(`${file}.previous`));
    const { fence } = await nodeAt((await started(stateDir)).controlUrl).read(MODEL);
    expect(fence).toEqual(token(1, 1));
  });

  it('says all that is wrong with its environment', async () => {
    const stateDir = folder();
    const env = { MERIDIAN_GATEWAY_PORT: '-1', MERIDIAN_GATEWAY_UPSTREAMS: '', MERIDIAN_GATEWAY_PROT: '80' };
    const starting = startGatewayProcess(stateDir, env);
    await expect(starting).rejects.toThrow(/MERIDIAN_GATEWAY_PROT: not known/);
    await expect(starting).rejects.toThrow(
      /MERIDIAN_GATEWAY_PORT: expected a whole number from 0 to 65535, found "-1"/,
    );
    await expect(starting).rejects.toThrow(/MERIDIAN_GATEWAY_UPSTREAMS: missing/);
  });
});

describe('the gateway node, from afar', () => {
  it('refuses a wrong token, and none', async () => {
    const gateway = await startGateway(gatewayConfig(folder()));
    releases.push(gateway.close);
    const stranger = nodeAt(gateway.controlUrl, 'token-of-another-region');
    await expect(stranger.read(MODEL)).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(stranger.fence(MODEL, { token: token(9, 1), rollout: ROLLOUT })).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    const bare = await fetch(`${gateway.controlUrl}/control/models`);
    expect(bare.status).toBe(401);
    await expect(nodeAt(gateway.controlUrl).models()).resolves.toEqual([]);
  });

  it('names the address and what to check when nobody listens there', async () => {
    const gateway = await startGateway(gatewayConfig(folder()));
    await gateway.close();
    const reading = nodeAt(gateway.controlUrl).read(MODEL);
    await expect(reading).rejects.toMatchObject({ name: 'RegionUnreachable' });
    await expect(reading).rejects.toThrow(`gateway gw-1 at ${gateway.controlUrl} does not answer (ECONNREFUSED)`);
  });

  it.each([
    ['POST', 'fence', '{"token":{"epoch":1,"seq":1,"attempt":1}}', 400, /rollout/],
    ['POST', 'fence', 'no json', 400, /not JSON/],
    ['POST', 'write', `"${'x'.repeat(70_000)}"`, 413, /at most 65536 bytes/],
    ['GET', 'claim', undefined, 405, /use POST/],
    ['POST', 'explode', '{}', 404, /no such command/],
  ])('refuses %s %s with a wrong body', async (method, verb, body, status, text) => {
    const gateway = await startGateway(gatewayConfig(folder()));
    releases.push(gateway.close);
    const headers = { authorization: `Bearer ${TOKEN}` };
    const url = `${gateway.controlUrl}/control/models/${MODEL}/${verb}`;
    const res = await fetch(url, { method, headers, ...(body !== undefined && { body }) });
    expect(res.status).toBe(status);
    expect(await res.text()).toMatch(text);
  });

  it('does not take the state of another node for its own', async () => {
    const stateDir = folder();
    const gateway = await startGateway(gatewayConfig(stateDir));
    await nodeAt(gateway.controlUrl).fence(MODEL, { token: token(1, 1), rollout: ROLLOUT });
    await gateway.close();
    const other = gatewayConfig(stateDir, { node: 'gw-2' as typeof NODE });
    await expect(startGateway(other)).rejects.toThrow(/belongs to node gw-1/);
  });
});
