import type { Options } from '../world';
import { EFFECTS } from './effects';
import { JOURNEYS } from './journeys';
import { REWRITES, type Rewrite } from './rewrites';
import { STORES } from './stores';

/** A mistake that the simulation has to find: the rule it breaks, and how it is made. */
export interface Mutant {
  readonly rule: string; // of the contract, or the invariant
  readonly options?: Options;
  /** Patches code of the process, which runs this mutant alone. */
  readonly install?: () => void;
  readonly rewrite?: Rewrite;
}
export const MUTANTS: Readonly<Record<string, Mutant>> = { ...STORES, ...EFFECTS, ...JOURNEYS, ...REWRITES };
