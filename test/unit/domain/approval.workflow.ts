import { hashOf, verifyStatement, type Roster } from '../../../domain/approval';

/** Called as a workflow's sandbox would: all that comes and goes is JSON text. */
export function check(input: string): string {
  const { jws, roster, nowMs } = JSON.parse(input) as { jws: string; roster: Roster; nowMs: number };
  return JSON.stringify({ answer: verifyStatement(jws, roster, nowMs), hash: hashOf(roster) });
}
