import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { fromBase64url, toBase64url } from './base64url';
import { canonicalJson } from './canonical-json';
import { parseDigest, type Digest } from './ids';
import { isPublicKey, parseRoster, type Answer, type Roster } from './roster';
import { parseStatement, type Statement, type Verified } from './statement';

export { countsTowards, type Approval } from './four-eyes';
export type { Actor, Answer, Role, Roster } from './roster';
export { checkStatement, VERBS, type Expected, type Statement, type Verb, type Verified } from './statement';

/** An Ed25519 key pair as text: base64url of 32 bytes each. */
export interface KeyPair {
  readonly publicKey: string; // what the roster lists
  readonly secretKey: string; // the seed; belongs into a file that only its owner reads
}

/** Far above what people sign (fields hold at most 1,000 letters); bounds what a validator reads before it knows who wrote it. */
const MAX_STATEMENT_LETTERS = 16_384;
/** A thousand actors with several keys; a roster travels as one workflow input (Temporal: at most 2 MB). */
const MAX_ROSTER_LETTERS = 1_048_576;
/** A statement may be signed ahead, over a weekend and its holidays, but receivers remember used ones for a bounded time only. */
const MAX_AHEAD_MS = 7 * 24 * 60 * 60 * 1000;
const UTF8 = { in: new TextEncoder(), out: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }) };

/** SHA-256 over the value's RFC 8785 JSON: what a plan's approvals are bound to. Pure. @throws TypeError see `canonicalJson` */
export function hashOf(value: unknown): Digest {
  return parseDigest(`sha256:${hex(sha256(UTF8.in.encode(canonicalJson(value))))}`);
}

/**
 * Checks a signed statement: a compact JWS (RFC 7515) by one of the actor's keys in the roster, not expired. Pure and synchronous, so
 * that validators of updates run it. The algorithm is EdDSA whatever the header says; the header says EdDSA or is refused.
 */
export function verifyStatement(jws: string, roster: Roster, nowMs: number): Answer<Verified> {
  const parts = partsOf(jws, MAX_STATEMENT_LETTERS);
  if ('refused' in parts) return parts;
  const read = parseStatement(parts.ok.claims);
  if ('refused' in read) return { refused: `the statement is refused: ${read.refused}` };
  const statement = read.ok;
  const actor = roster.actors.find(({ id }) => id === statement.actor);
  if (!actor) return { refused: `${statement.actor} is not in the roster (version ${roster.version})` };
  const keyId = actor.keys.find((key) => isSignedBy(parts.ok, key));
  if (keyId === undefined) return { refused: `the statement is not signed by a key of ${statement.actor}` };
  const leftMs = statement.exp * 1000 - nowMs;
  if (!(leftMs > 0)) return { refused: `the statement expired at unix second ${statement.exp}; sign a new one` };
  if (!(leftMs <= MAX_AHEAD_MS))
    return { refused: 'the statement expires more than 7 days ahead; sign one that does not' };
  return { ok: { ...statement, keyId, roles: actor.roles } };
}

/** Checks a roster: signed by the fleet's root key and no lower version than `seenVersion` (0: none seen). Pure. */
export function verifyRoster(jws: string, rootPublicKey: string, seenVersion: number): Answer<Roster> {
  if (!isPublicKey(rootPublicKey)) return { refused: 'the root key is no Ed25519 public key in base64url' };
  const parts = partsOf(jws, MAX_ROSTER_LETTERS);
  if ('refused' in parts) return parts;
  if (!isSignedBy(parts.ok, rootPublicKey)) return { refused: 'the roster is not signed by the root key' };
  const { typ, version, actors, ...more } = parts.ok.claims;
  if (typ !== 'meridian-roster' || Object.keys(more).length > 0)
    return { refused: 'what the root key signed is no roster' };
  const read = parseRoster({ version, actors });
  if ('refused' in read) return { refused: `the roster is refused: ${read.refused}` };
  if (read.ok.version >= seenVersion) return read;
  return { refused: `the roster has version ${read.ok.version}, version ${seenVersion} was seen before` };
}

/** Signs a statement. Pure: Ed25519 needs no randomness. @throws TypeError for a statement that would be refused, or a bad key */
export function signStatement(statement: Statement, secretKey: string): string {
  const read = parseStatement({ ...statement });
  if ('refused' in read) throw new TypeError(`not a statement: ${read.refused}`);
  return sign({ ...statement }, secretKey);
}

/** Signs a roster with the fleet's root key. Pure. @throws TypeError for a roster that would be refused, or a bad key */
export function signRoster(roster: Roster, rootSecretKey: string): string {
  const read = parseRoster(roster);
  if ('refused' in read) throw new TypeError(`not a roster: ${read.refused}`);
  return sign({ typ: 'meridian-roster', version: roster.version, actors: roster.actors }, rootSecretKey);
}

/** Makes a key pair out of 32 random bytes, which the caller provides. Pure. @throws TypeError */
export function newKeyPair(randomBytes: Uint8Array): KeyPair {
  if (randomBytes.length !== 32) throw new TypeError(`a key takes 32 random bytes, got ${randomBytes.length}`);
  return { publicKey: toBase64url(ed25519.getPublicKey(randomBytes)), secretKey: toBase64url(randomBytes) };
}

interface Parts {
  readonly claims: Readonly<Record<string, unknown>>;
  readonly kid: unknown; // a hint which key signed; undefined: none
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

function partsOf(jws: string, maxLetters: number): Answer<Parts> {
  if (typeof jws !== 'string' || jws.length > maxLetters)
    return { refused: `not a compact JWS of at most ${maxLetters} letters` };
  const [header = '', payload = '', signature = '', ...more] = jws.split('.');
  const bytes = fromBase64url(signature);
  if (more.length > 0 || bytes?.length !== 64) return { refused: 'not a compact JWS with an Ed25519 signature' };
  const [fields, claims] = [readJson(header), readJson(payload)];
  if (!fields || !claims)
    return { refused: 'header or claims are no compact JSON object in base64url without padding' };
  const { alg, typ, kid, ...others } = fields;
  if (alg !== 'EdDSA') return { refused: `signed with ${JSON.stringify(alg)}, only EdDSA is accepted` };
  if (Object.keys(others).length > 0 || (typ !== undefined && typ !== 'JWT' && typ !== 'JOSE')) {
    return { refused: 'its header has more than alg, typ and kid' };
  }
  return { ok: { claims, kid, signed: UTF8.in.encode(`${header}.${payload}`), signature: bytes } };
}

/** undefined unless it is written just as JSON.stringify writes it: a name that stands twice would be read differently elsewhere. */
function readJson(base64url: string): Record<string, unknown> | undefined {
  try {
    const text = UTF8.out.decode(fromBase64url(base64url));
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject && JSON.stringify(value) === text ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // not UTF-8 or not JSON
  }
}

function isSignedBy({ kid, signed, signature }: Parts, key: string): boolean {
  const publicKey = fromBase64url(key);
  if (!publicKey || (kid !== undefined && kid !== key)) return false;
  // Strict: ZIP 215 would accept small-order keys and points that are written in several ways.
  return ed25519.verify(signature, signed, publicKey, { zip215: false });
}

function sign(claims: object, secretKey: string): string {
  const seed = fromBase64url(secretKey);
  if (seed?.length !== 32) throw new TypeError('a secret key is 32 bytes in base64url');
  const header = { alg: 'EdDSA', kid: toBase64url(ed25519.getPublicKey(seed)) };
  const signed = [header, claims].map((part) => toBase64url(UTF8.in.encode(JSON.stringify(part)))).join('.');
  return `${signed}.${toBase64url(ed25519.sign(UTF8.in.encode(signed), seed))}`;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
