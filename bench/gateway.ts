import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { parseDigest, parseModelName, parseNodeId, servedName, type ModelName } from '../domain/ids';
import { GatewayRouterNode } from '../adapters/router/gateway';
import { freePort } from '../stack/free-port';
import { CANARY_PCT, haproxy, nginx, onPath, type Peer, type Routed } from './gateway-peers';
import { slice, type Samples } from './http-load';
import type { BenchRow } from './row';

const DESCRIPTION = `gateway latency and throughput: 64 connections, 1 KB requests in a closed loop, a canary at ${CANARY_PCT} %,
against the same runtime asked directly, through HAProxy and through nginx, in interleaved slices of one run`;
const CONNECTIONS = 64;
const BODY_BYTES = 1024;
const SLICE_MS = 1_000;
const WARM_UP_ROUNDS = 6; // a Node process gets faster for about five seconds of load: its code is being compiled
const AIM = 1.5; // times HAProxy's p50

/** Seconds for each way, in total. */
export interface GatewayBenchOptions {
  readonly seconds: number;
  readonly onNote: (text: string) => void;
}

/** Runs the bench. Starts its own servers on free ports and ends them. */
export async function gatewayBench({ seconds, onNote }: GatewayBenchOptions): Promise<readonly BenchRow[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'meridian-bench-'));
  const children: ChildProcess[] = [];
  try {
    const model = parseModelName('fraud');
    const digests = ['a', 'b'].map((digit) => parseDigest(`sha256:${digit.repeat(64)}`));
    const [stable, canary] = digests.map((digest) => servedName(model, digest));
    if (!stable || !canary) throw new TypeError('two versions');
    const upstream = await startUpstream(children);
    const routed = { folder, upstream, model, stable, canary };
    const urls = new Map([['direct', `${upstream}/v2/models/${stable}/infer`]]);
    urls.set('gateway', `${await startGateway(children, routed)}/v2/models/${model}/infer`);
    for (const [name, start] of [
      ['haproxy', haproxy],
      ['nginx', nginx],
    ] as const) {
      if (!onPath(name)) onNote(`${name} is not on PATH: install its package to compare with it`);
      else urls.set(name, `${await startPeer(children, start(routed, await freePort()))}/v2/models/${model}/infer`);
    }
    return rowsOf(await measured(urls, seconds));
  } finally {
    for (const child of children) await ended(child);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Slices of all ways in turn, so that what else the computer does meets each alike. The first rounds warm up. */
async function measured(urls: ReadonlyMap<string, string>, seconds: number): Promise<ReadonlyMap<string, Samples>> {
  const all = new Map<string, Samples>();
  const rounds = Math.ceil((seconds * 1_000) / SLICE_MS);
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    const turn = [...urls].sort(() => Math.random() - 0.5);
    for (const [name, url] of turn) {
      const samples = await slice({ url, connections: CONNECTIONS, bodyBytes: BODY_BYTES, forMs: SLICE_MS });
      if (samples.errors > 0) throw new Error(`${name} failed ${samples.errors} requests: the run means nothing`);
      if (round < 0) continue;
      const before = all.get(name);
      const latenciesMs = [...(before?.latenciesMs ?? []), ...samples.latenciesMs];
      all.set(name, { latenciesMs, errors: 0, tookMs: (before?.tookMs ?? 0) + samples.tookMs });
    }
  }
  return all;
}

function rowsOf(samples: ReadonlyMap<string, Samples>): readonly BenchRow[] {
  const row = (
    measure: string,
    of: (samples: Samples) => number,
    better: 'lower' | 'higher',
    aim = false,
  ): BenchRow => {
    const values = new Map([...samples].map(([name, one]) => [name, Number(of(one).toPrecision(4))]));
    const ours = values.get('gateway') ?? Number.NaN;
    values.delete('gateway');
    const rivals = [...values].filter(([name]) => name !== 'direct').map(([, value]) => value);
    const best = better === 'lower' ? Math.min(...rivals) : Math.max(...rivals);
    const haproxyRatio = ours / (values.get('haproxy') ?? Number.NaN);
    return {
      measure,
      ours,
      peers: Object.fromEntries(values),
      ratioToBest: rivals.length === 0 ? null : Number((ours / best).toPrecision(3)),
      aim: aim ? `at most ${AIM} x haproxy` : null,
      met: aim && Number.isFinite(haproxyRatio) ? haproxyRatio <= AIM : null,
    };
  };
  const quantile =
    (share: number) =>
    ({ latenciesMs }: Samples) => {
      const sorted = Float64Array.from(latenciesMs).sort();
      return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
    };
  return [
    row('gateway latency p50, ms', quantile(0.5), 'lower', true),
    row('gateway latency p99, ms', quantile(0.99), 'lower'),
    row('gateway throughput, requests/s', ({ latenciesMs, tookMs }) => (latenciesMs.length / tookMs) * 1_000, 'higher'),
  ];
}

/** A runtime as far as a router sees it, in a process of its own. */
async function startUpstream(children: ChildProcess[]): Promise<string> {
  const child = spawn(process.execPath, [path.join(__dirname, 'gateway-upstream.js')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return (await firstLine(child)).trim();
}

async function startGateway(
  children: ChildProcess[],
  { folder, upstream, model }: Routed & { readonly model: ModelName },
): Promise<string> {
  const token = 'token-of-the-bench';
  const tokenFile = path.join(folder, 'token');
  writeFileSync(tokenFile, token);
  const env = {
    MERIDIAN_GATEWAY_NODE: 'bench',
    MERIDIAN_GATEWAY_STATE_DIR: path.join(folder, 'gateway'),
    MERIDIAN_GATEWAY_UPSTREAMS: upstream,
    MERIDIAN_GATEWAY_TOKEN_FILE: tokenFile,
  };
  const main = path.join(__dirname, '../serving/gateway/main.js');
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  const { url, controlUrl } = JSON.parse(await firstLine(child)) as { url: string; controlUrl: string };
  const node = new GatewayRouterNode({ id: parseNodeId('bench'), controlUrl, token });
  const [stable, canary] = ['a', 'b'].map((digit) => parseDigest(`sha256:${digit.repeat(64)}`));
  if (!stable || !canary) throw new TypeError('two versions');
  const traffic = {
    stable,
    canary: { digest: canary, weightPct: CANARY_PCT, mode: 'split', leaseMs: 3_600_000 },
  } as const;
  const write = {
    token: { epoch: 1, seq: 1, attempt: 1 },
    rollout: 'bench',
    generation: 0,
    cause: 'operator',
    traffic,
  } as const;
  const answer = await node.write(model, write);
  await node.close();
  if (answer.kind !== 'ok') throw new Error(`the gateway refused the bench's route: ${answer.kind}`);
  return url;
}

async function startPeer(children: ChildProcess[], { command, args, url, ready }: Peer): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  children.push(child);
  await Promise.race([ready(), once(child, 'exit').then(() => Promise.reject(new Error(`${command} ended at once`)))]);
  return url;
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new TypeError('no stdout');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return line;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const cut = setTimeout(() => child.kill('SIGKILL'), 2_000);
  await exit;
  clearTimeout(cut);
}

async function main(): Promise<void> {
  const options = { json: { type: 'string' }, seconds: { type: 'string', default: '30' } } as const;
  const { values } = parseArgs({ options });
  process.stdout.write(`${DESCRIPTION}\n`);
  const onNote = (text: string) => void process.stdout.write(`${text}\n`);
  const rows = await gatewayBench({ seconds: Number(values.seconds), onNote });
  for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
}

if (require.main === module) {
  main().catch((err: unknown) => {
    process.stderr.write(`${err instanceof Error ? err.stack : String(err)}\n`);
    process.exitCode = 1;
  });
}
