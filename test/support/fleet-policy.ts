import type { Fleet, Region } from '../../domain/fleet';
import { parseDigest, parseNodeId, type ModelName, type RegionId } from '../../domain/ids';
import { DEFAULT_LIMITS } from '../../domain/judge';
import type { ModelPolicy } from '../../domain/model-policy';
import type { Installed } from '../../ports/configuration';

/** A hub and regions of one gateway node each, whose addresses nobody dials. */
export function fleetOf(ids: readonly RegionId[]): Installed<Fleet> {
  const regions = ids.map((id): Region => {
    const url = 'http://127.0.0.1';
    const routers = [{ id: parseNodeId('gw-1'), kind: 'gateway' as const, url, controlUrl: url }];
    const where = { jurisdiction: id.slice(0, 2).toUpperCase(), timeZone: 'UTC', gpu: 'none' };
    const store = { kind: 'filesystem' as const, path: id };
    return { id, ...where, store, cache: { path: id, bytes: 1e9 }, runtimes: [], routers };
  });
  const links = ids.map((to) => ({ from: 'hub' as const, to, mbps: 100, rttMs: 20, usdPerGB: 0 }));
  const hub = { store: { kind: 'filesystem' as const, path: 'hub' }, registry: { kind: 'layout' as const, path: 'r' } };
  return { value: { hub, regions, links }, digest: parseDigest(`sha256:${'f'.repeat(64)}`) };
}

/** A policy for tests, where time is real: a bake is two looks of 50 ms, a silent region half a second. A test states what differs. */
export function policyOf(model: ModelName, change: Partial<ModelPolicy> = {}): Installed<ModelPolicy> {
  const value: ModelPolicy = {
    model,
    source: { repository: `models/${model}`, tags: [] },
    placement: 'all',
    waves: [],
    windowMs: 60_000,
    deadline: 'hold',
    steps: [5, 50].map((weightPct) => ({ weightPct, bakeMs: 100 })),
    flipBakeMs: 100,
    lookMs: 50,
    leaseMs: 15_000,
    mode: 'split',
    limits: { ...DEFAULT_LIMITS, alpha: 0.05, beta: 0.05, sloErrorRate: 0.05 },
    validation: { tolerance: { rtol: 0, atol: 0 }, minCasesPerSecond: 0 },
    gates: [],
    approvalExpiryMs: 60_000,
    holdMs: 60_000,
    patienceMs: 500,
    onNewDigest: 'queue',
    keepPrevious: 1,
    freezes: [],
    pollMs: 0,
    ...change,
  };
  return { value, digest: parseDigest(`sha256:${'a'.repeat(64)}`) };
}
