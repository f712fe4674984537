import type { Mutant } from './index';
import { ADVANCE_REWRITES } from './rewrites-advance';
import { COMMIT_REWRITES } from './rewrites-commit';
import { LANE_REWRITES } from './rewrites-lane';
import { LOAD_REWRITES } from './rewrites-loads';
import { MISHAP_REWRITES } from './rewrites-mishaps';
import { OFFER_REWRITES } from './rewrites-offers';
import { ROLLOUT_REWRITES } from './rewrites-rollout';
import { ROUTE_REWRITES } from './rewrites-route';
import { WATCH_REWRITES } from './rewrites-watch';

/** One line of the real code, put otherwise. The shard makes it while it reads the code, so that closures are within reach too. */
export interface Rewrite {
  readonly under: string; // folder of the line
  readonly from: string; // stands once in it
  readonly to: string;
}
/** The mutants that are made so; plain data, read before any of the code is. */
export type Rewrites = Readonly<Record<string, Mutant & { readonly rewrite: Rewrite }>>;

export const REWRITES: Rewrites = {
  ...LANE_REWRITES,
  ...ADVANCE_REWRITES,
  ...COMMIT_REWRITES,
  ...ROLLOUT_REWRITES,
  ...ROUTE_REWRITES,
  ...WATCH_REWRITES,
  ...LOAD_REWRITES,
  ...MISHAP_REWRITES,
  ...OFFER_REWRITES,
};
