import { FATES } from './wire';

/** Cells of phase and fault that cannot be: a stuck rollout waits for a person, so none of its activities calls a port. */
export const unreachableCells: ReadonlySet<string> = new Set(FATES.map((fate) => `stuck ${fate}`));
