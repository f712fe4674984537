import { Context } from '@temporalio/activity';
import { readKnownFreight } from '../distribution';
import { hashOf, type Roster } from '../domain/approval';
import { Failure } from '../domain/failures';
import type { Digest, ModelName, RegionId } from '../domain/ids';
import type { ModelPolicy } from '../domain/model-policy';
import type { Plan, PlannedPromotion } from '../domain/plan';
import { forecast, resolvePlan as resolve, type KnownInventory } from '../domain/resolve-plan';
import type { ControlPorts } from '../ports';

export interface ResolveInput {
  readonly model: ModelName;
  readonly digest: Digest | null; // null: what the first followed tag points to
  readonly fastTrack: boolean;
  readonly without: readonly RegionId[]; // left out: a hotfix passes regions that are not clean
}
export interface Resolved {
  readonly plan: Plan;
  readonly planHash: string;
  readonly repository: string;
}
export interface LineRules extends Pick<ModelPolicy, 'onNewDigest' | 'freezes' | 'keepPrevious'> {
  readonly roster: Roster;
}
export interface ForecastInput {
  readonly plan: Plan;
  readonly inventories: Readonly<Record<RegionId, KnownInventory | { readonly unknown: string }>>;
}

type Needs = Pick<ControlPorts, 'hub' | 'registryOf' | 'configuration'>;

export function planning({ hub, registryOf, configuration }: Needs) {
  return { resolvePlan, forecastPlan, loadRules };

  /**
   * Resolves fleet, model policy and freight into a plan, and its hash. Reads only; needs no registry for a digest that the hub holds.
   * @throws `InvalidPlan` (final) with every problem, `FreightNotFound`, `InvalidFreight` (final); `RegistryUnavailable` (retried)
   */
  async function resolvePlan({ model, digest, fastTrack, without }: ResolveInput): Promise<Resolved> {
    const { cancellationSignal: signal } = Context.current();
    const [fleet, policy] = [await configuration.fleet(), await configuration.model(model)];
    const { repository, tags } = policy.value.source;
    const registry = registryOf(fleet.value);
    const tag = tags[0];
    const wanted = digest ?? (tag === undefined ? undefined : await registry.resolve(repository, tag, signal));
    if (!wanted)
      throw new Failure(
        'FreightNotFound',
        `${registry.address}/${repository} has no tag ${tag ?? '(none is followed)'}`,
      );
    const freight = await readKnownFreight({ hub, registry, repository, digest: wanted, signal });
    if (freight.model !== model) {
      throw new Failure('InvalidFreight', `${wanted} is a version of ${freight.model}, not of ${model}`);
    }
    const resolved = resolve({ model, freight, fleet, policy, fastTrack, without });
    if ('problems' in resolved) throw new Failure('InvalidPlan', resolved.problems.join('\n'));
    return { plan: resolved.plan, planHash: hashOf(resolved.plan), repository };
  }

  /** What the plan would move, cost and need, from what the regions said of themselves. Reads only. */
  async function forecastPlan({ plan, inventories }: ForecastInput): Promise<PlannedPromotion['forecast']> {
    const { value: fleet } = await configuration.fleet();
    return forecast(plan, inventories, fleet.links);
  }

  /** What the model's file says of its lane, and who may sign, checked against the fleet's root key. Reads only. @throws `InvalidPlan` (final) */
  async function loadRules({ model }: { readonly model: ModelName }): Promise<LineRules> {
    const { onNewDigest, freezes, keepPrevious } = (await configuration.model(model)).value;
    return { onNewDigest, freezes, keepPrevious, roster: await configuration.roster() };
  }
}
