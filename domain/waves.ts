import type { Fleet, Region } from './fleet';
import type { RegionId } from './ids';
import type { ModelPolicy } from './model-policy';

/** What to say of a plan that cannot be: each problem one sentence that names what to change. */
export type Problems = readonly string[];

/** The regions that a model is placed in, in the fleet's order. Pure. */
export function placedRegions(
  { regions }: Pick<Fleet, 'regions'>,
  placement: ModelPolicy['placement'],
): readonly Region[] {
  return placement === 'all' ? regions : regions.filter(({ id }) => placement.includes(id));
}

/**
 * The waves of a promotion: those of the policy, or one of all. Pure.
 * A placed region that no wave names is a problem, never a silent omission; so is a region that stands twice or is not placed.
 */
export function wavesOf(policy: Pick<ModelPolicy, 'waves'>, placed: readonly RegionId[]): Waves {
  if (policy.waves.length === 0) return { waves: placed.length > 0 ? [placed] : [], problems: [] };
  const problems: string[] = [];
  const seen = new Map<RegionId, number>();
  for (const [index, wave] of policy.waves.entries()) {
    if (wave.length === 0) problems.push(`wave ${index + 1} is empty: name a region or leave it out`);
    for (const region of wave) {
      const before = seen.get(region);
      if (before !== undefined) problems.push(`${region} is in wave ${before} and in wave ${index + 1}: keep one`);
      if (!placed.includes(region)) problems.push(`wave ${index + 1} names ${region}, where the model is not placed`);
      seen.set(region, index + 1);
    }
  }
  const forgotten = placed.filter((region) => !seen.has(region));
  if (forgotten.length > 0)
    problems.push(`no wave names ${forgotten.join(', ')}: add it to one, or take it out of placement`);
  return { waves: policy.waves, problems };
}

/** See `wavesOf`. */
export interface Waves {
  readonly waves: readonly (readonly RegionId[])[];
  readonly problems: Problems;
}

/** The waves without these regions; a wave that loses all of its regions goes. Pure. */
export function withoutRegions(waves: Waves['waves'], left: readonly RegionId[]): Waves['waves'] {
  return waves.map((wave) => wave.filter((region) => !left.includes(region))).filter((wave) => wave.length > 0);
}
