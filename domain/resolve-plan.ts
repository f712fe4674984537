import type { Fleet, Link, Region } from './fleet';
import type { Freight } from './freight';
import type { Digest, ModelName, RegionId } from './ids';
import type { GatePolicy, ModelPolicy } from './model-policy';
import { MAX_REGIONS, type Gate, type Plan } from './plan';
import { placedRegions, wavesOf, withoutRegions, type Problems, type Waves } from './waves';

export { forecast, type KnownInventory } from './plan-forecast';

/** A file of the configuration directory as it was read, with the digest of its bytes. */
export interface FromFile<T> {
  readonly value: T;
  readonly digest: Digest;
}
export interface PlanQuestion {
  readonly model: ModelName;
  readonly freight: Freight;
  readonly fleet: FromFile<Fleet>;
  readonly policy: FromFile<ModelPolicy>;
  readonly fastTrack: boolean; // see `Plan`
  readonly without?: readonly RegionId[]; // left out: a hotfix passes regions that are not clean (contract 3)
}

/**
 * Resolves what one promotion does: regions, waves, steps, limits, gates. Pure. Every problem is named at once, each with what to change;
 * a plan with a problem is no plan. (contract 7)
 */
export function resolvePlan(question: PlanQuestion): { readonly plan: Plan } | { readonly problems: Problems } {
  const { model, freight, fleet, policy, fastTrack, without = [] } = question;
  const placed = placedRegions(fleet.value, policy.value.placement);
  const { waves: all, problems: ofWaves } = wavesOf(policy.value, idsOf(placed));
  const waves = withoutRegions(all, without);
  const taken = placed.filter(({ id }) => !without.includes(id));
  // A canary gate of a plan without canary stands before the first traffic that the version gets: the flip.
  const steps = fastTrack ? [] : policy.value.steps;
  const asked = fastTrack ? [] : policy.value.gates; // a gate never stops a rollback
  const gates = asked.map((gate) => resolveGate(gate, { waves: all, placed }, steps.length > 0));
  const problems = [
    ...faultsOfSubject(model, freight, policy.value),
    ...faultsOfRegions(taken, model, fleet.value.links),
    ...ofWaves,
    ...gates.filter(({ regions }) => regions.length === 0).map(({ id }) => `gate ${id} names no region of this plan`),
  ];
  if (problems.length > 0) return { problems };
  return { plan: { ...frozen(question, taken), waves, steps, gates: withoutGates(gates, without) } };
}

function frozen({ model, freight, fleet, policy, fastTrack }: PlanQuestion, regions: readonly Region[]): Frozen {
  const { mode, flipBakeMs, lookMs, leaseMs, limits, validation } = policy.value;
  const { approvalExpiryMs, holdMs, patienceMs, windowMs, deadline, keepPrevious } = policy.value;
  return {
    model,
    freight,
    fleetDigest: fleet.digest,
    policyDigest: policy.digest,
    jurisdictions: Object.fromEntries(regions.map(({ id, jurisdiction }) => [id, jurisdiction])),
    mode,
    flipBakeMs,
    // A false alarm in any region rolls all back, so the regions share alpha (contract 8; Bonferroni).
    watch: { lookMs, leaseMs, limits: { ...limits, alpha: limits.alpha / regions.length } },
    validation,
    approvalExpiryMs,
    holdMs,
    patienceMs,
    windowMs,
    deadline,
    keepPrevious,
    fastTrack,
  };
}
type Frozen = Omit<Plan, 'waves' | 'steps' | 'gates'>;

function faultsOfSubject(model: ModelName, freight: Freight, policy: ModelPolicy): string[] {
  const problems: string[] = [];
  if (policy.model !== model) problems.push(`the model file is that of ${policy.model}, not of ${model}`);
  if (freight.model !== model) problems.push(`${freight.digest} is a version of ${freight.model}, not of ${model}`);
  if (freight.files.length === 0) problems.push(`${freight.digest} has no files: push it again`);
  return problems;
}

function faultsOfRegions(regions: readonly Region[], model: ModelName, links: readonly Link[]): string[] {
  const problems: string[] = [];
  if (regions.length === 0) problems.push('no region is left to promote to: see placement in the model file');
  if (regions.length > MAX_REGIONS) {
    problems.push(`${regions.length} regions, one promotion takes at most ${MAX_REGIONS}: split the placement`);
  }
  for (const { id } of regions) {
    const link = links.find(({ from, to }) => from === 'hub' && to === id);
    if (!link?.carries || link.carries.includes(model)) continue;
    problems.push(
      `the link from hub to ${id} does not carry ${model} (residency): change carries in fleet.yaml or placement`,
    );
  }
  return problems;
}

function resolveGate(
  { id, before, scope, quorum, approvers }: GatePolicy,
  { waves, placed }: Scope,
  hasCanary: boolean,
): Gate {
  const regions = regionsOfScope(scope, { waves, placed });
  return { id, before: hasCanary ? before : 'flip', regions, quorum, ...(approvers && { approvers }) };
}
interface Scope {
  readonly waves: Waves['waves'];
  readonly placed: readonly Region[];
}

function regionsOfScope(scope: GatePolicy['scope'], { waves, placed }: Scope): readonly RegionId[] {
  switch (scope.kind) {
    case 'wave':
      return waves[scope.wave - 1] ?? [];
    case 'region':
      return idsOf(placed.filter(({ id }) => id === scope.region));
    case 'jurisdiction':
      return idsOf(placed.filter(({ jurisdiction }) => jurisdiction === scope.jurisdiction));
  }
}

/** Gates whose regions are all left out of this plan go with them. */
function withoutGates(gates: readonly Gate[], left: readonly RegionId[]): readonly Gate[] {
  const kept = gates.map((gate) => ({ ...gate, regions: gate.regions.filter((region) => !left.includes(region)) }));
  return kept.filter(({ regions }) => regions.length > 0);
}

function idsOf(regions: readonly Region[]): readonly RegionId[] {
  return regions.map(({ id }) => id);
}
