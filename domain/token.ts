/**
 * The fencing token of a write, compared lexicographically: the promotion's epoch; a counter of the rollout, one more for
 * every activity that it schedules, undos too; the activity's attempt. Each store compares for itself.
 * (Epoch alone lets a promotion's own straggler undo its undo; attempt alone restarts at 1: contract 4.)
 */
export interface Token {
  readonly epoch: number; // integer >= 0; 0: nobody yet
  readonly seq: number; // integer >= 0
  readonly attempt: number; // integer >= 0; the first attempt is 1
}

export const NO_TOKEN: Token = { epoch: 0, seq: 0, attempt: 0 };

/** Negative when `a` is lower, 0 when equal, positive when higher. Pure. */
export function compareTokens(a: Token, b: Token): number {
  return a.epoch - b.epoch || a.seq - b.seq || a.attempt - b.attempt;
}
