import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { signStatement, type Statement } from '../../domain/approval';
import type { Stage } from './stack';

const VALID_S = 300;

/** A statement as its person signs it; a test states what differs. Starters and operators: ada; approvers: grace, linus. */
export function signedBy({ stack }: Stage, actor: string, said: Partial<Statement> & Pick<Statement, 'verb'>): string {
  const { secretKey } = JSON.parse(readFileSync(stack.person(actor).keyFile, 'utf8')) as { readonly secretKey: string };
  const exp = Math.floor(Date.now() / 1_000) + VALID_S;
  const statement = { promotion: 'line/fraud', planHash: '', digest: '', actor, exp, jti: randomUUID(), ...said };
  return signStatement({ typ: 'meridian-statement', ...statement }, secretKey);
}
