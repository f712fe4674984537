import { ed25519 } from '@noble/curves/ed25519.js';
import { newKeyPair, signStatement, type Roster, type Statement } from '../../../domain/approval';

/** Virtual time 0. */
export const START_MS = Date.UTC(2026, 0, 1);

const key = (letter: number) => newKeyPair(new Uint8Array(32).fill(letter));
const KEYS = { ada: key(1), ben: key(2), cay: key(3), mallory: key(9) };
export type Person = keyof typeof KEYS;

/** ada starts and operates, ben and cay approve; mallory is nobody. */
export const ROSTER: Roster = {
  version: 1,
  actors: [
    { id: 'ada', keys: [KEYS.ada.publicKey], roles: ['starter', 'approver', 'operator'] },
    { id: 'ben', keys: [KEYS.ben.publicKey], roles: ['approver', 'operator'] },
    { id: 'cay', keys: [KEYS.cay.publicKey], roles: ['approver', 'operator'] },
  ],
};

/** What a person signs; fields that are not given are those of a sound statement. */
export type Said = Partial<Statement> & Pick<Statement, 'verb' | 'promotion' | 'jti' | 'exp'>;

const signed = new Map<string, string>();

/** Signs what no tool of ours would: nothing is checked. */
export function signAsItIs(actor: Person, said: Said): string {
  const statement = { typ: 'meridian-statement', planHash: '', digest: '', actor, ...said };
  const text = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const signed = `${text({ alg: 'EdDSA', kid: KEYS[actor].publicKey })}.${text(statement)}`;
  const seed = Buffer.from(KEYS[actor].secretKey, 'base64url');
  return `${signed}.${Buffer.from(ed25519.sign(Buffer.from(signed), seed)).toString('base64url')}`;
}

/** Signs as `actor`, with the key of `signer`: somebody else's makes a forgery. */
export function sign(actor: Person, said: Said, signer: Person = actor): string {
  const statement: Statement = { typ: 'meridian-statement', planHash: '', digest: '', actor, ...said };
  const id = `${signer} ${JSON.stringify(statement)}`;
  const before = signed.get(id);
  if (before !== undefined) return before;
  const jws = signStatement(statement, KEYS[signer].secretKey);
  if (signed.size > 20_000) signed.clear();
  signed.set(id, jws);
  return jws;
}
