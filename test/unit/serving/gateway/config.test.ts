import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Agent, request } from 'undici';
import { GatewayRouterNode } from '../../../../adapters/router/gateway';
import { GATEWAY_ENVIRONMENT, readConfig } from '../../../../serving/gateway/config';
import { startGateway } from '../../../../serving/gateway/gateway';
import { NODE, temporaryFolder, TOKEN } from '../../../support/gateway';
import { TLS } from '../../../support/tls';

const made = temporaryFolder();
afterAll(made.release);

function fileOf(name: string, text: string): string {
  const file = path.join(made.folder, name);
  writeFileSync(file, text);
  return file;
}
const env = () => ({
  MERIDIAN_GATEWAY_NODE: 'gw-1',
  MERIDIAN_GATEWAY_STATE_DIR: path.join(made.folder, 'state'),
  MERIDIAN_GATEWAY_UPSTREAMS: 'http://127.0.0.1:9/, https://runtime.example:8443',
  MERIDIAN_GATEWAY_TOKEN_FILE: fileOf('token', `${TOKEN}\n`),
});

describe("the gateway's configuration", () => {
  it('fills in what is not said', () => {
    expect(readConfig(env())).toEqual({
      ...{ node: 'gw-1', host: '127.0.0.1', port: 0, controlPort: 0, stateDir: path.join(made.folder, 'state') },
      ...{ upstreams: ['http://127.0.0.1:9', 'https://runtime.example:8443'], token: TOKEN, tls: null },
      ...{ upstreamCa: null, sticky: 'none', timeoutMs: 60_000, warmUpMs: 2_000 },
    });
  });

  it('names every problem at once, with what to do', () => {
    const bad = {
      ...{ MERIDIAN_GATEWAY_NODE: 'GW 1', MERIDIAN_GATEWAY_PORT: '70000', MERIDIAN_GATEWAY_UPSTREAMS: 'ftp://x' },
      ...{ MERIDIAN_GATEWAY_TOKEN_FILE: fileOf('short', 'short'), MERIDIAN_GATEWAY_STICKY: 'yes' },
      ...{ MERIDIAN_GATEWAY_TLS_KEY_FILE: fileOf('key', TLS.key), MERIDIAN_GATEWAY_POTR: '80' },
    };
    const problems = [
      /_POTR: not known; known are MERIDIAN_GATEWAY_NODE/,
      /_NODE: not a node name: "GW 1"/,
      /_PORT: expected a whole number from 0 to 65535, found "70000"/,
      /_UPSTREAMS: expected http or https, found ftp:\/\/x/,
      /_TOKEN_FILE: .*short must hold one word of at least 16 characters/,
      /_STICKY: expected none, client or address, found "yes"/,
      /_TLS_CERT_FILE, _KEY_FILE: give both or none/,
      /_STATE_DIR: missing/,
    ];
    for (const problem of problems) expect(() => readConfig(bad)).toThrow(problem);
  });

  it('knows each of its names', () => {
    for (const name of GATEWAY_ENVIRONMENT) {
      const outcome = () => readConfig({ ...env(), [name]: undefined });
      if (name in env()) expect(outcome).toThrow(new RegExp(`${name}: missing`));
      else expect(outcome).not.toThrow();
    }
  });

  it('puts both listeners behind TLS where it is given', async () => {
    const files = {
      MERIDIAN_GATEWAY_TLS_CERT_FILE: fileOf('cert.pem', TLS.cert),
      MERIDIAN_GATEWAY_TLS_KEY_FILE: fileOf('key.pem', TLS.key),
    };
    const gateway = await startGateway(readConfig({ ...env(), ...files }));
    const agent = new Agent({ connect: { ca: TLS.cert } });
    const node = new GatewayRouterNode({ id: NODE, controlUrl: gateway.controlUrl, token: TOKEN, ca: TLS.cert });
    const stranger = new GatewayRouterNode({ id: NODE, controlUrl: gateway.controlUrl, token: TOKEN });
    expect(gateway.url).toMatch(/^https:/);
    const { statusCode } = await request(`${gateway.url}/v2/health/live`, { dispatcher: agent });
    expect(statusCode).toBe(200);
    await expect(node.models()).resolves.toEqual([]);
    await expect(stranger.models()).rejects.toMatchObject({ name: 'RegionUnreachable' });
    await Promise.all([agent.close(), node.close(), stranger.close()]);
    await gateway.close();
  });
});
