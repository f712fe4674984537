import type { Fleet, Region } from '../../../domain/fleet';
import { parseDigest, parseNodeId, parseRegionId, type RegionId } from '../../../domain/ids';
import { DEFAULT_LIMITS } from '../../../domain/judge';
import type { CanaryStep, GatePolicy, ModelPolicy } from '../../../domain/model-policy';
import type { Installed } from '../../../ports/configuration';
import type { Random } from '../sdk/random';
import { MODEL, REPOSITORY } from './freights';

export const REGIONS: readonly RegionId[] = ['eu-north', 'us-east', 'ap-south'].map(parseRegionId);
const [EU, US, AP] = REGIONS as readonly [RegionId, RegionId, RegionId];
const JURISDICTIONS: Readonly<Record<string, string>> = { [EU]: 'EU', [US]: 'US', [AP]: 'IN' };

export function fleetOf(nodes: Readonly<Record<string, number>>): Installed<Fleet> {
  const regions = REGIONS.map((id): Region => {
    const routers = Array.from({ length: nodes[id] ?? 1 }, (_, at) => {
      const urls = { url: 'http://127.0.0.1', controlUrl: 'http://127.0.0.1' };
      return { id: parseNodeId(`gw-${at + 1}`), kind: 'gateway' as const, ...urls };
    });
    const store = { kind: 'filesystem' as const, path: id };
    const where = { jurisdiction: JURISDICTIONS[id] ?? '', timeZone: 'UTC', gpu: 'none' };
    return { id, ...where, store, cache: { path: id, bytes: 1e9 }, runtimes: [], routers };
  });
  const links = REGIONS.map((to) => ({ from: 'hub' as const, to, mbps: 100, rttMs: 20, usdPerGB: 0 }));
  const hub = { store: { kind: 'filesystem' as const, path: 'hub' }, registry: { kind: 'layout' as const, path: 'r' } };
  return { value: { hub, regions, links }, digest: parseDigest(`sha256:${'f'.repeat(64)}`) };
}

/** A policy that lets a run be short: a bake is one or two looks, people have a minute. */
export function drawPolicy(draw: Random): Installed<ModelPolicy> {
  const lookMs = draw.pick([1_000, 2_000, 4_000]);
  const step = (weightPct: number): CanaryStep => ({ weightPct, bakeMs: lookMs * draw.between(1, 2) });
  const shape = draw.next();
  const steps = shape < 0.15 ? [] : shape < 0.55 ? [step(25)] : [step(10), step(50)];
  const limits = { ...DEFAULT_LIMITS, alpha: 0.05, beta: 0.05, sloErrorRate: 0.05 };
  const value: ModelPolicy = {
    model: MODEL,
    source: { repository: REPOSITORY, tags: ['v2'] },
    placement: 'all',
    waves: draw.chance(0.2) ? [[EU, US, AP]] : [[EU], [US, AP]],
    windowMs: draw.pick([120_000, 600_000]),
    deadline: draw.pick(['hold', 'rollBack', 'proceed']),
    steps,
    flipBakeMs: lookMs,
    lookMs,
    leaseMs: 15_000,
    mode: draw.chance(0.1) ? 'mirror' : 'split',
    limits,
    validation: { tolerance: { rtol: 0, atol: 0 }, minCasesPerSecond: 0 },
    gates: drawGates(draw, steps.length > 0),
    approvalExpiryMs: 90_000,
    holdMs: draw.pick([30_000, 90_000]),
    patienceMs: lookMs === 4_000 ? 80_000 : 20_000, // longer than some outages, shorter than others
    onNewDigest: draw.pick(['queue', 'queue', 'supersede', 'reject', 'hotfix']),
    keepPrevious: 1,
    freezes: [],
    pollMs: 0,
  };
  return { value, digest: parseDigest(`sha256:${'a'.repeat(64)}`) };
}

function drawGates(draw: Random, hasCanary: boolean): readonly GatePolicy[] {
  const before = () => (hasCanary && draw.chance(0.5) ? ('canary' as const) : ('flip' as const));
  const gate = (id: string, scope: GatePolicy['scope']): GatePolicy => {
    return { id, before: before(), scope, quorum: draw.between(1, 2) };
  };
  const shape = draw.next();
  if (shape < 0.65) return [];
  if (shape < 0.8) return [gate('wave-1', { kind: 'wave', wave: 1 })];
  if (shape < 0.92) return [gate('india', { kind: 'jurisdiction', jurisdiction: 'IN' })];
  return [gate('north', { kind: 'region', region: EU }), gate('india', { kind: 'region', region: AP })];
}
