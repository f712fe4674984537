import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseDigest, parseModelName, parseNodeId } from '../../domain/ids';
import type { Canary } from '../../domain/route';
import type { GatewayConfig } from '../../serving/gateway/config';

/** Valid values for tests of a gateway. */
export const MODEL = parseModelName('fraud');
export const NODE = parseNodeId('gw-1');
export const OLD = parseDigest(`sha256:${'a'.repeat(64)}`);
export const NEW = parseDigest(`sha256:${'b'.repeat(64)}`);
export const TOKEN = 'token-of-the-test-region';
export const ROLLOUT = 'rollout/fraud/1/eu-north';

export const token = (epoch: number, seq: number, attempt = 1) => ({ epoch, seq, attempt });

export function canaryOf(weightPct: number, more: Partial<Canary> = {}): Canary {
  return { digest: NEW, weightPct, mode: 'split', leaseMs: 60_000, ...more };
}

/** A folder of its own that goes when `release` is called. */
export function temporaryFolder(): { readonly folder: string; release(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'meridian-gateway-'));
  return { folder, release: () => rmSync(folder, { recursive: true, force: true }) };
}

export function gatewayConfig(stateDir: string, more: Partial<GatewayConfig> = {}): GatewayConfig {
  return {
    ...{ node: NODE, host: '127.0.0.1', port: 0, controlPort: 0, stateDir, upstreams: ['http://127.0.0.1:9'] },
    ...{ token: TOKEN, tls: null, upstreamCa: null, sticky: 'none', timeoutMs: 10_000, warmUpMs: 0 },
    ...more,
  };
}

/** A runtime, as far as a gateway sees it: any HTTP server. */
export async function startUpstream(
  listener: RequestListener,
  at = 0, // port; 0: any free one
): Promise<{ url: string; server: Server; close(): void }> {
  const server = createServer(listener).listen(at, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}`, server, close };
}

/** A gateway in a process of its own. */
export interface GatewayProcess {
  readonly url: string;
  readonly controlUrl: string;
  readonly child: ChildProcess;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
}

/** Starts dist/serving/gateway on free ports. @throws what it said on stderr when it does not start */
export async function startGatewayProcess(
  stateDir: string,
  env: Readonly<Record<string, string>> = {},
): Promise<GatewayProcess> {
  const tokenFile = path.join(stateDir, 'token');
  writeFileSync(tokenFile, TOKEN);
  const main = path.resolve(__dirname, '../../dist/serving/gateway/main.js');
  const child = spawn(process.execPath, [main], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH ?? '',
      MERIDIAN_GATEWAY_NODE: NODE,
      MERIDIAN_GATEWAY_STATE_DIR: stateDir,
      MERIDIAN_GATEWAY_UPSTREAMS: 'http://127.0.0.1:9',
      MERIDIAN_GATEWAY_TOKEN_FILE: tokenFile,
      ...env,
    },
  });
  const exited = once(child, 'exit');
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const lines = createInterface({ input: child.stdout });
  const ready = once(lines, 'line').then(([line]) => JSON.parse(String(line)) as { url: string; controlUrl: string });
  const early = exited.then(() => Promise.reject(new Error(said)));
  const { url, controlUrl } = await Promise.race([ready, early]);
  early.catch(() => undefined);
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  return { url, controlUrl, child, kill };
}
