/** Where a rollout is now. `held` waits for evidence or a person; `stuck` means an undo failed for good. */
export type Phase =
  | 'reserving'
  | 'replicating'
  | 'verifying'
  | 'loading'
  | 'validating'
  | 'canary'
  | 'awaiting'
  | 'flipping'
  | 'baking'
  | 'live'
  | 'held'
  | 'rolling-back'
  | 'stuck'
  | 'ended';

/** From each phase, the phases that may follow (contract 3). Anything else is a bug of ours. */
export const NEXT: Readonly<Record<Phase, readonly Phase[]>> = {
  reserving: ['replicating', 'rolling-back'],
  replicating: ['verifying', 'rolling-back'],
  verifying: ['loading', 'rolling-back'],
  loading: ['validating', 'rolling-back'],
  validating: ['awaiting', 'canary', 'flipping', 'rolling-back'],
  canary: ['canary', 'awaiting', 'flipping', 'held', 'rolling-back'],
  awaiting: ['canary', 'flipping', 'held', 'rolling-back'],
  flipping: ['baking', 'canary', 'rolling-back'],
  baking: ['live', 'held', 'rolling-back'],
  live: ['ended', 'held', 'rolling-back'],
  held: ['canary', 'awaiting', 'flipping', 'baking', 'live', 'rolling-back'],
  'rolling-back': ['ended', 'stuck', 'reserving'],
  stuck: ['rolling-back', 'ended'],
  ended: ['reserving'], // a retried region starts again as its next attempt
};

/** Whether a rollout may go from one phase to the other. Pure. */
export function mayFollow(from: Phase, to: Phase): boolean {
  return NEXT[from].includes(to);
}

/** Phases in which the route may send traffic to the freight under promotion. */
export const EXPOSED: ReadonlySet<Phase> = new Set(['canary', 'awaiting', 'flipping', 'baking', 'live', 'held']);

/** How a rollout ended. `superseded`: a newer epoch fenced it out. `stuck` only when a person accepted what is left. */
export type RegionOutcome = 'live' | 'rolled-back' | 'skipped' | 'superseded' | 'stuck';

/** How a promotion ended. */
export type PromotionOutcome = 'live' | 'live-partial' | 'rolled-back' | 'stuck';

export type ReasonKind = 'breach' | 'validation' | 'aborted' | 'rejected' | 'fault' | 'deadline';

/** Why a promotion or a region did not end live. */
export interface Reason {
  readonly kind: ReasonKind;
  readonly text: string;
}
