import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Agent, request, type Dispatcher } from 'undici';
import { servedName, type Digest } from '../../domain/ids';
import type { Traffic } from '../../domain/route';
import { GatewayRouterNode } from '../../adapters/router/gateway';
import type { GatewayConfig } from '../../serving/gateway/config';
import { startGateway, type RunningGateway } from '../../serving/gateway/gateway';
import { gatewayConfig, MODEL, NODE, ROLLOUT, startUpstream, temporaryFolder, TOKEN, token } from './gateway';

/** A gateway in this process with runtimes behind it, as an application and a worker see them. */
export interface GatewayRegion {
  readonly gateway: RunningGateway;
  readonly stateDir: string;
  readonly node: GatewayRouterNode;
  /** Writes the route, whatever it was. */
  route(traffic: Traffic): Promise<void>;
  infer(options?: Partial<Asked>): Promise<Answered>;
  /** Segments as `{ 'canary 3': { requests, errors } }`: arm and generation. */
  counts(): Promise<Record<string, { requests: number; errors: object; inFlight: number }>>;
  close(): Promise<void>;
}
export interface Asked {
  readonly path: string;
  readonly method: Dispatcher.HttpMethod;
  readonly body: string | Buffer;
  readonly headers: Readonly<Record<string, string>>;
}
export interface Answered {
  readonly status: number;
  readonly version: string | undefined; // `x-model-version`
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** Starts a region: a runtime for each listener, unless `upstreams` names others. */
export async function startRegion(
  listeners: readonly RequestListener[],
  more: Partial<GatewayConfig> = {},
): Promise<GatewayRegion> {
  const runtimes = await Promise.all(listeners.map((listener) => startUpstream(listener)));
  const { folder, release } = temporaryFolder();
  const upstreams = more.upstreams ?? runtimes.map(({ url }) => url);
  const gateway = await startGateway(gatewayConfig(more.stateDir ?? folder, { ...more, upstreams }));
  const node = new GatewayRouterNode({ id: NODE, controlUrl: gateway.controlUrl, token: TOKEN });
  const agent = new Agent({ connections: 64 });
  let seq = 0;
  return {
    gateway,
    node,
    stateDir: more.stateDir ?? folder,
    route: async (traffic) => {
      const { generation } = (await node.read(MODEL)).route;
      const write = { token: token(1, ++seq), rollout: ROLLOUT, generation, cause: 'step', traffic } as const;
      const answer = await node.write(MODEL, write);
      if (answer.kind !== 'ok') throw new Error(JSON.stringify(answer));
    },
    infer: async ({ path = `/v2/models/${MODEL}/infer`, method = 'POST', body = '{}', headers = {} } = {}) => {
      const options = { method, headers, dispatcher: agent, ...(method === 'POST' && { body }) };
      const res = await request(gateway.url + path, options);
      const version = res.headers['x-model-version'];
      return {
        status: res.statusCode,
        version: version?.toString(),
        headers: res.headers,
        text: await res.body.text(),
      };
    },
    counts: async () => {
      const url = `${gateway.controlUrl}/control/models/${MODEL}/counters`;
      const res = await request(url, { headers: { authorization: `Bearer ${TOKEN}` }, dispatcher: agent });
      const { segments } = (await res.body.json()) as { segments: Record<string, never>[] };
      return Object.fromEntries(
        segments.map(({ arm, generation, requests, errors, inFlight }) => [
          `${arm} ${generation}`,
          { requests: requests ?? 0, errors: errors ?? {}, inFlight: inFlight ?? 0 },
        ]),
      );
    },
    close: async () => {
      await agent.destroy();
      await node.close();
      for (const { close } of runtimes) close();
      await gateway.close();
      release();
    },
  };
}

/** A runtime that has these versions loaded and answers with the name it was asked for and the bytes it got. */
export function runtimeWith(...digests: readonly Digest[]): RequestListener {
  const paths = new Set(digests.map((digest) => `/v2/models/${servedName(MODEL, digest)}/infer`));
  return (req, res) => {
    let bytes = 0;
    req.on('data', (chunk: Buffer) => (bytes += chunk.length));
    req.on('end', () => {
      const [status, value] = paths.has(req.url ?? '')
        ? [200, { url: req.url, bytes }]
        : [404, { error: 'unknown model' }];
      res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    });
  };
}

/** The whole body of a request. */
export async function readAll(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A listener made of an asynchronous function. */
export function answering(handle: (req: IncomingMessage, res: ServerResponse) => Promise<unknown>): RequestListener {
  return (req, res) => void handle(req, res).catch(() => res.destroy());
}
