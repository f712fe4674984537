import { randomBytes } from 'node:crypto';
import { signStatement, VERBS, type Statement, type Verb } from '../domain/approval';
import { usage } from './exit-codes';
import type { Key } from './key-file';

/** A statement is used at once; what is left over is of no use to whoever finds it. */
const VALID_S = 5 * 60;
/** What one field of a statement may hold (`domain/statement.ts`). */
const MAX_LETTERS = 1_000;

export interface Said {
  readonly verb: Verb;
  readonly promotion: string; // workflow id, or `line/<model>`
  readonly planHash?: string;
  readonly digest?: string;
  readonly gate?: string | undefined;
  readonly region?: string | undefined;
  readonly reason?: string | undefined;
  readonly until?: string;
}

// As `workflows/contract/` makes them; importing its values would load the workflow SDK into every command.
export const lineId = (model: string): string => `line/${model}`;
export const promotionId = (model: string, epoch: number): string => `promotion/${model}/${epoch}`;

/** Signs what a person says, once: good for five minutes and for one use. @throws CliError for what would be refused anyway */
export function signed(key: Key, said: Said, nowMs: number): string {
  const given = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) as unknown as Said;
  for (const [field, text] of Object.entries(given)) {
    if (String(text).length > MAX_LETTERS)
      throw usage(`${field}: ${MAX_LETTERS} letters at most; put more into a ticket`);
  }
  for (const field of VERBS[said.verb].needs) if (!given[field]) throw usage(`${said.verb} needs a ${field}`);
  const statement: Statement = {
    ...({ typ: 'meridian-statement', planHash: '', digest: '', ...given } as const),
    actor: key.actor,
    exp: Math.floor(nowMs / 1_000) + VALID_S,
    jti: randomBytes(16).toString('hex'),
  } as Statement;
  return signStatement(statement, key.secretKey);
}
