import { ApplicationFailure } from '@temporalio/workflow';
import { checkStatement, verifyStatement, type Expected, type Roster, type Verified } from '../domain/approval';
import { nowMs } from './clock';

/** Reads and checks a signed statement, as of now or of when it came in. @throws ApplicationFailure `Refused`: in a validator it leaves no trace in history */
export function verified(statement: string, roster: Roster, expected: Expected, atMs = nowMs()): Verified {
  const read = verifyStatement(statement, roster, atMs);
  if ('refused' in read) throw forbidden(read.refused);
  const checked = checkStatement(read.ok, expected);
  if ('refused' in checked) throw forbidden(checked.refused);
  return checked.ok;
}

/** The person or the signature is refused, whatever the state. */
function forbidden(why: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(why, 'Forbidden');
}

/** What an update that may not be answers with. */
export function refused(why: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(why, 'Refused');
}

/** The last statements' ids: enough that none can be replayed before it expires (at most 7 days ahead). */
const REMEMBERED = 2_000;

export function remember(usedJtis: string[], jti: string): void {
  usedJtis.unshift(jti);
  usedJtis.splice(REMEMBERED);
}
