import { fromBase64url } from './base64url';

export const ROLES = ['starter', 'approver', 'operator'] as const;
export type Role = (typeof ROLES)[number];

/** One who signs. */
export interface Actor {
  readonly id: string; // e.g. `ada`
  readonly keys: readonly string[]; // base64url Ed25519 public keys, 1 to 8
  readonly roles: readonly Role[];
}
/** Who may sign what; itself signed by the fleet's root key. */
export interface Roster {
  readonly version: number; // rises with every change, from 1; lower ones are refused
  readonly actors: readonly Actor[];
}
/** The answer to something that came signed, or the reason it was refused, for people. */
export type Answer<T> = { readonly ok: T } | { readonly refused: string };

/** The starter of promotions that a registry starts; never an actor, so it never counts as an approver (contract 9). */
export const REGISTRY_STARTER = 'registry';
/** Bytes of an Ed25519 public key (RFC 8032, section 5.1.5). */
const KEY_BYTES = 32;
/** Bounds what a validator has to try: each key of an actor costs about 1 ms (measured, noble-curves 2.4 on Node 20). */
const MAX_KEYS = 8;

/** Reads a roster's claims; a name or a key that stands twice is refused, or one person could count as two. Pure. */
export function parseRoster({
  version,
  actors,
}: {
  readonly version?: unknown;
  readonly actors?: unknown;
}): Answer<Roster> {
  if (!Number.isSafeInteger(version) || Number(version) < 1) return { refused: 'its version is not 1, 2, ...' };
  if (!Array.isArray(actors) || actors.length === 0) return { refused: 'it names no actor' };
  const seen = new Set<string>();
  for (const [index, actor] of (actors as unknown[]).entries()) {
    if (!isActor(actor)) return { refused: `actors[${index}] is not { id, keys, roles } as documented` };
    for (const name of [`id ${actor.id}`, ...actor.keys.map((key) => `key ${key}`)]) {
      if (seen.has(name)) return { refused: `${name} stands twice; each actor has its own name and keys` };
      seen.add(name);
    }
  }
  return { ok: { version: Number(version), actors: actors as Actor[] } };
}

/** Whether the text is an Ed25519 public key as rosters write it. Pure. */
export function isPublicKey(text: unknown): text is string {
  return typeof text === 'string' && fromBase64url(text)?.length === KEY_BYTES;
}

function isActor(value: unknown): value is Actor {
  if (typeof value !== 'object' || value === null) return false;
  const { id, keys, roles, ...more } = value as Record<string, unknown>;
  if (Object.keys(more).length > 0) return false;
  if (typeof id !== 'string' || !/^[\w.@-]{1,128}$/.test(id) || id === REGISTRY_STARTER) return false;
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > MAX_KEYS || !keys.every(isPublicKey)) return false;
  return Array.isArray(roles) && roles.every((role) => ROLES.includes(role as Role));
}
