import type { Arm } from '../../domain/counters';
import type { Digest } from '../../domain/ids';
import type { Route } from '../../domain/route';

/** Where a request goes. */
export interface Choice {
  readonly digest: Digest;
  readonly arm: Arm;
}

/**
 * Which arm answers. `draw` is uniform in [0, 1): fresh for every request, or fixed for a client, who then never leaves the canary
 * while its weight rises (a rising threshold). Undefined: no version live. Pure.
 */
export function chosen({ stable, canary }: Route, draw: number): Choice | undefined {
  if (canary?.mode === 'split' && draw * 100 < canary.weightPct) return { digest: canary.digest, arm: 'canary' };
  return stable === null ? undefined : { digest: stable, arm: 'stable' };
}

/** Who gets a copy of the request whose answer reaches nobody; undefined: nobody. Pure. */
export function mirrored({ canary }: Route, draw: number): Choice | undefined {
  if (canary?.mode !== 'mirror' || draw * 100 >= canary.weightPct) return undefined;
  return { digest: canary.digest, arm: 'mirror' };
}

/** A client's place in [0, 1) for one canary: the same for all its requests, another for another canary. Pure. */
export function placeOf(client: number, canary: Digest): number {
  return mixed(client ^ hashOf(canary)) / 2 ** 32;
}

/** 32 bits of a text: FNV-1a with the finaliser of MurmurHash3, which spreads short texts evenly. Pure. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return mixed(hash);
}

function mixed(hash: number): number {
  let bits = hash;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
