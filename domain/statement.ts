import { isDigest } from './ids';
import type { Answer, Role } from './roster';

type Needed = 'planHash' | 'digest' | 'gate' | 'region' | 'reason' | 'until';

/** What each verb asks of its statement: the role of its actor, and the fields that may not be empty. (contract 4, 9) */
export const VERBS = {
  start: { role: 'starter', needs: ['planHash', 'digest'] },
  approve: { role: 'approver', needs: ['planHash', 'digest', 'gate'] },
  reject: { role: 'approver', needs: ['planHash', 'digest', 'gate'] },
  pause: { role: 'operator', needs: [] },
  resume: { role: 'operator', needs: [] },
  abort: { role: 'operator', needs: [] }, // any operator, no quorum
  extendBake: { role: 'operator', needs: [] },
  retryRegion: { role: 'operator', needs: ['region'] },
  skipRegion: { role: 'operator', needs: ['region', 'reason'] },
  rollback: { role: 'operator', needs: [] },
  release: { role: 'operator', needs: ['digest', 'reason'] },
  freeze: { role: 'operator', needs: ['until', 'reason'] },
  thaw: { role: 'operator', needs: [] },
  hold: { role: 'operator', needs: ['reason'] },
  unhold: { role: 'operator', needs: [] },
} as const satisfies Record<string, { readonly role: Role; readonly needs: readonly Needed[] }>;

export type Verb = keyof typeof VERBS;

/** What an actor signs: one verb on one promotion or line, once. */
export interface Statement {
  readonly typ: 'meridian-statement';
  readonly promotion: string; // workflow id, or `line/<model>`
  readonly planHash: string; // `sha256:...`; empty where no plan is meant
  readonly digest: string; // of the freight; empty where none is meant
  readonly gate?: string;
  readonly region?: string;
  readonly verb: Verb;
  readonly reason?: string;
  readonly until?: string; // ISO 8601 with offset: end of a freeze
  readonly actor: string; // id in the roster
  readonly exp: number; // unix seconds
  readonly jti: string; // used once; 8 to 128 letters, digits, `-`, `_`
}
/** A statement whose signature holds. */
export interface Verified extends Statement {
  readonly keyId: string; // the public key it was signed with
  readonly roles: readonly Role[]; // of its actor
}
/** What the receiver of a statement knows to be true of itself; a field that is absent is not compared. */
export interface Expected {
  readonly promotion: string;
  readonly planHash?: string;
  readonly digest?: string;
  readonly gate?: string;
  readonly region?: string;
  readonly verb: Verb;
  readonly role?: Role; // default: the verb's
  readonly usedJtis: readonly string[];
}

const STRINGS = ['promotion', 'planHash', 'digest', 'gate', 'region', 'reason', 'until', 'actor', 'jti'] as const;
const OPTIONAL: readonly string[] = ['gate', 'region', 'reason', 'until'];
const FIELDS: readonly string[] = ['typ', 'verb', 'exp', ...STRINGS];
/** Of one field; ids of workflows are shorter, and a reason that needs more belongs into a ticket. */
const MAX_LETTERS = 1_000;

/** Reads a statement's claims: every field known, none missing that its verb needs. Pure. */
export function parseStatement(claims: Readonly<Record<string, unknown>>): Answer<Statement> {
  const stranger = Object.keys(claims).find((name) => !FIELDS.includes(name));
  if (stranger !== undefined) return { refused: `it has an unknown field ${JSON.stringify(stranger)}` };
  for (const name of STRINGS) {
    const text = claims[name];
    if (text === undefined && OPTIONAL.includes(name)) continue;
    if (typeof text !== 'string' || text.length > MAX_LETTERS) return { refused: `its ${name} is missing or no text` };
  }
  if (claims.typ !== 'meridian-statement') return { refused: 'it is no statement (typ)' };
  if (!isVerb(claims.verb)) return { refused: `its verb ${JSON.stringify(claims.verb)} is unknown` };
  if (!Number.isSafeInteger(claims.exp)) return { refused: 'its exp is no whole number of unix seconds' };
  const statement = claims as unknown as Statement;
  return refusedFields(statement) ?? { ok: statement };
}

/** Whether a verified statement means this promotion, this plan, this verb, by one who may, for the first time. Pure. */
export function checkStatement(statement: Verified, expected: Expected): Answer<Verified> {
  for (const name of ['verb', 'promotion', 'planHash', 'digest', 'gate', 'region'] as const) {
    const wanted = expected[name];
    if (wanted === undefined || statement[name] === wanted) continue;
    return { refused: `the statement says ${name} ${statement[name] || '(none)'}, here it is ${wanted}` };
  }
  const role = expected.role ?? VERBS[expected.verb].role;
  if (!statement.roles.includes(role)) {
    return { refused: `${statement.actor} is no ${role}; ask one, or have the roster changed` };
  }
  if (expected.usedJtis.includes(statement.jti)) return { refused: 'the statement was used before; sign a new one' };
  return { ok: statement };
}

function refusedFields(statement: Statement): { readonly refused: string } | undefined {
  const { verb, planHash, digest, jti } = statement;
  for (const name of VERBS[verb].needs) if (!statement[name]) return { refused: `${verb} needs a ${name}` };
  for (const [name, text] of Object.entries({ planHash, digest })) {
    if (text !== '' && !isDigest(text)) return { refused: `its ${name} is not sha256: and 64 hex digits` };
  }
  return /^[\w-]{8,128}$/.test(jti) ? undefined : { refused: "its jti is not 8 to 128 letters, digits, '-' or '_'" };
}

function isVerb(value: unknown): value is Verb {
  return typeof value === 'string' && Object.hasOwn(VERBS, value);
}
