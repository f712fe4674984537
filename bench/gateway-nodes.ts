import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { GatewayMetrics } from '../adapters/metrics/gateway';
import { GatewayRouterNode } from '../adapters/router/gateway';
import type { Digest, ModelName, NodeId } from '../domain/ids';
import type { RegionPorts } from '../ports';
import type { Metrics } from '../ports/metrics';
import type { RouteAnswer, RouterNode } from '../ports/router';

const MAIN = path.join(__dirname, '../serving/gateway/main.js');
const TOKEN = 'token-of-the-bench';
const NOBODY = 'http://127.0.0.1:9'; // no request is served: counts are made up

/** A gateway in a process of its own, its routes on disk, seen as a region's worker sees it. */
export interface GatewayNode {
  /** Makes a version stable, as a rollout of epoch 1 did. */
  settle(model: ModelName, stable: Digest, rollout: string): Promise<void>;
  /** The same ports; every command and every look goes to the process, what it counted is made up as before. */
  behind(ports: RegionPorts): RegionPorts;
  stop(): Promise<void>;
}

/** Starts a gateway on free ports. @throws Error when it ends at once */
export async function startGatewayNode(id: NodeId): Promise<GatewayNode> {
  const folder = mkdtempSync(path.join(tmpdir(), 'meridian-bench-'));
  const tokenFile = path.join(folder, 'token');
  writeFileSync(tokenFile, TOKEN);
  const env = {
    ...{ PATH: process.env.PATH ?? '', MERIDIAN_GATEWAY_NODE: id, MERIDIAN_GATEWAY_UPSTREAMS: NOBODY },
    ...{ MERIDIAN_GATEWAY_STATE_DIR: path.join(folder, 'state'), MERIDIAN_GATEWAY_TOKEN_FILE: tokenFile },
  };
  const child = spawn(process.execPath, [MAIN], { stdio: ['ignore', 'pipe', 'ignore'], env });
  const { controlUrl } = await ready(child);
  const node = new GatewayRouterNode({ id, controlUrl, token: TOKEN });
  const metrics = new GatewayMetrics({ nodes: [{ id, controlUrl }], token: TOKEN });
  const behind = (ports: RegionPorts): RegionPorts => {
    const [made] = ports.routers;
    if (!made) throw new TypeError(`${id} stands for no node`);
    return { ...ports, routers: [followed(node, made)], metrics: counted(metrics, ports.metrics) };
  };
  const settle: GatewayNode['settle'] = async (model, stable, rollout) => {
    const token = { epoch: 1, seq: 1, attempt: 1 };
    await node.fence(model, { token, rollout });
    const flip = { token: { ...token, seq: 3 }, rollout, generation: 1, cause: 'flip', traffic: { stable } } as const;
    const answer = await node.write(model, flip);
    if (answer.kind !== 'ok') throw new Error(`${id} refused its first route: ${answer.kind}`);
  };
  const stop = async () => {
    await Promise.all([node.close(), metrics.close()]);
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  };
  return { settle, behind, stop };
}

/** A node whose accepted commands a node in memory repeats, so that the counts made up there are those of the route. */
function followed(node: RouterNode, memory: RouterNode): RouterNode {
  const isDone = async (answer: RouteAnswer, repeat: () => Promise<RouteAnswer>) => {
    const repeated = answer.kind === 'ok' ? await repeat() : answer;
    if (repeated.kind === answer.kind) return answer;
    throw new TypeError(`${node.id} said ${answer.kind}, its repetition ${repeated.kind}`);
  };
  return {
    id: node.id,
    read: (model) => node.read(model),
    models: () => node.models(),
    fence: async (model, command) => isDone(await node.fence(model, command), () => memory.fence(model, command)),
    write: async (model, command) => isDone(await node.write(model, command), () => memory.write(model, command)),
    claim: async (model, command) => isDone(await node.claim(model, command), () => memory.claim(model, command)),
    renew: async (model, command) => isDone(await node.renew(model, command), () => memory.renew(model, command)),
  };
}

/** The counters that a node gave, with made-up segments. */
function counted(real: Metrics, made: Metrics): Metrics {
  return {
    counters: async (model) => {
      const [given, segments] = [await real.counters(model), await made.counters(model)];
      const of = (id: NodeId) => segments.get(id)?.segments ?? [];
      return new Map([...given].map(([id, counters]) => [id, { ...counters, segments: of(id) }]));
    },
  };
}

async function ready(child: ChildProcess): Promise<{ readonly controlUrl: string }> {
  if (!child.stdout) throw new TypeError('no stdout');
  const line = once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>;
  const early = once(child, 'exit').then(() => Promise.reject(new Error('a gateway of the bench ended at once')));
  early.catch(() => undefined); // it ends some time
  const [text] = await Promise.race([line, early]);
  return JSON.parse(text) as { controlUrl: string };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}
