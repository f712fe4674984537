import { MockActivityEnvironment } from '@temporalio/testing';
import { watching, type WatchInput, type WatchOutcome } from '../../../activities/watch';
import { MemoryMetrics } from '../../../adapters/metrics/memory';
import { MemoryRouterNode } from '../../../adapters/router/memory';
import { LATENCY_BOUNDS_MS, type Arm, type Counters } from '../../../domain/counters';
import { parseNodeId, type Digest, type NodeId } from '../../../domain/ids';
import { DEFAULT_LIMITS } from '../../../domain/judge';
import type { RouterNode } from '../../../ports/router';
import { canaryOf, MODEL, NEW, OLD, ROLLOUT, token } from '../../support/gateway';
import { VirtualClock } from '../../support/virtual-clock';

const ONE = parseNodeId('gw-1');
const TWO = parseNodeId('gw-2');
const HEARTBEAT_TIMEOUT_MS = 5_000; // contract 5
const LEASE_MS = 15_000;
const never = async (): Promise<never> => new Promise(() => undefined);

/** A region of two nodes with a canary at 50 %, of whose requests so many fail; some of the nodes take calls and never answer. */
async function region(hung: readonly NodeId[], canaryErrors: number) {
  const clock = new VirtualClock();
  const nodes = [ONE, TWO].map(
    (id) => new MemoryRouterNode(id, () => ({ nowMs: clock.nowMs(), wallMs: clock.nowMs() })),
  );
  const traffic = { stable: OLD, canary: canaryOf(50, { leaseMs: LEASE_MS }) };
  for (const node of nodes) {
    await node.write(MODEL, {
      token: token(0, 1),
      rollout: 'before',
      generation: 0,
      cause: 'flip',
      traffic: { stable: OLD },
    });
    await node.write(MODEL, { token: token(1, 1), rollout: ROLLOUT, generation: 1, cause: 'step', traffic });
  }
  const silent = (node: RouterNode): RouterNode => {
    const { id } = node;
    return { id, read: never, models: never, fence: never, write: never, claim: never, renew: never };
  };
  const answering = nodes.filter(({ id }) => !hung.includes(id));
  const metrics = new MemoryMetrics(() => new Map(answering.map(({ id }) => [id, countersOf(canaryErrors)])));
  const beatsMs: number[] = [0];
  const watch = async (more: Partial<WatchInput> = {}): Promise<WatchOutcome> => {
    const env = new MockActivityEnvironment();
    env.on('heartbeat', () => beatsMs.push(clock.nowMs()));
    const routers = nodes.map((node) => (hung.includes(node.id) ? silent(node) : node));
    const outcome = (await env.run(watching({ routers, metrics, clock }).watch, { ...INPUT, ...more })) as WatchOutcome;
    beatsMs.push(clock.nowMs());
    return outcome;
  };
  const longestSilenceMs = () => Math.max(...beatsMs.slice(1).map((atMs, beat) => atMs - (beatsMs[beat] ?? 0)));
  return {
    nodes,
    watch,
    longestSilenceMs,
    routeOf: (id: NodeId) => nodes.find((node) => node.id === id)?.row(MODEL).route,
  };
}

const INPUT: WatchInput = {
  ...{ model: MODEL, rollout: ROLLOUT, stamp: { epoch: 1, seq: 2 }, freight: NEW, weightPct: 50, mode: 'split' },
  nodes: [ONE, TWO].map((id) => ({ id, generation: 2, stable: OLD })),
  ...{ bakeMs: 20_000, plannedLook: 1, carried: { lnE: [] }, frozen: null, lookMs: 1_000, limits: DEFAULT_LIMITS },
};

function countersOf(canaryErrors: number): Counters {
  const segment = (digest: Digest, arm: Arm, errors: number) => ({
    ...{ digest, arm, weightPct: 50, generation: 2, inFlight: 0, distinctClients: 9, requests: 1_000 },
    ...{ errors: { 'status-5xx': errors }, latency: LATENCY_BOUNDS_MS.map(() => 0).concat(0) },
  });
  const segments = [segment(OLD, 'stable', 0), segment(NEW, 'canary', canaryErrors)];
  return { model: MODEL, bootId: 'boot', seq: 1, asOfMs: 0, segments };
}

describe('a watch', () => {
  it('passes a canary that every node counted healthy, and holds it meanwhile', async () => {
    const { watch, routeOf } = await region([], 0);
    await expect(watch()).resolves.toMatchObject({ kind: 'verdict', verdict: { kind: 'healthy' } });
    for (const id of [ONE, TWO]) expect(routeOf(id)).toMatchObject({ canary: { weightPct: 50 } });
  });

  it.each([ONE, TWO])('restores the other node at once when %s takes calls and never answers', async (hung) => {
    const { watch, longestSilenceMs, routeOf } = await region([hung], 500);
    await expect(watch()).resolves.toMatchObject({ kind: 'verdict', verdict: { kind: 'regressed' }, restored: false });
    const restored = routeOf(hung === ONE ? TWO : ONE);
    expect(restored).toMatchObject({ stable: OLD, cause: 'restore', generation: 3 });
    expect(restored?.canary).toBeUndefined();
    expect(longestSilenceMs()).toBeLessThan(HEARTBEAT_TIMEOUT_MS);
  });

  it.each([ONE, TWO])('lets the lease run out while %s never answers, however healthy the other is', async (hung) => {
    const { watch, longestSilenceMs, routeOf } = await region([hung], 0);
    await expect(watch()).resolves.toEqual({ kind: 'lapsed', blind: true });
    for (const id of [ONE, TWO]) expect(routeOf(id)).toMatchObject({ stable: OLD, cause: 'lease' });
    expect(longestSilenceMs()).toBeLessThan(HEARTBEAT_TIMEOUT_MS);
  });

  it('takes a route that was restored on one node for a breach, though the lease of another only lapsed', async () => {
    const { nodes, watch } = await region([], 0);
    const [one, two] = nodes;
    const drop = (cause: 'lease' | 'restore') =>
      ({ token: token(1, 1, 2), rollout: ROLLOUT, generation: 2, cause, traffic: { stable: OLD } }) as const;
    await one?.write(MODEL, drop('lease'));
    await two?.write(MODEL, drop('restore'));
    await expect(watch()).resolves.toEqual({ kind: 'moved', cause: 'restore' });
  });
});
