import type { Digest, ModelName } from './ids';
import type { Route, RouteCause, Traffic } from './route';
import { compareTokens, NO_TOKEN, type Token } from './token';

/**
 * The law of one gateway node for one model, as a pure state machine: the gateway, the memory router and the simulation
 * run this code. Order of checks, lease and fence: contract 5. `nowMs` is the node's monotonic clock.
 */
export interface RouteRow {
  readonly route: Route;
  readonly fence: Token; // the highest token seen; lower ones are refused
  readonly lastWrite: Token | null; // the write that took hold last: its repetition is recognised
  readonly leaseUntilMs: number | null; // on the node's monotonic clock; null without a canary
}

/** What a node answers. `ok` carries the row that now holds; refusals leave the row as it was. */
export type RowAnswer = { readonly kind: 'ok'; readonly row: RouteRow } | RouteRefusal;
/** Why a node did not take a command, in the order in which it looks. */
export type RouteRefusal =
  | { readonly kind: 'stale-epoch'; readonly seen: number }
  | { readonly kind: 'superseded'; readonly fence: Token }
  | { readonly kind: 'stale-route'; readonly route: Route };

export interface FenceCommand {
  readonly token: Token;
  readonly rollout: string;
}
export interface WriteCommand extends FenceCommand {
  readonly generation: number; // the generation that the write was decided on
  readonly cause: RouteCause;
  readonly traffic: Traffic;
}
export interface ClaimCommand {
  readonly token: Token;
  readonly generation: number;
}
export interface RenewCommand extends ClaimCommand {
  readonly lookedAtMs: number; // the node's clock, as the look returned it
}

/** A node that has never heard of the model. */
export function emptyRow(model: ModelName): RouteRow {
  const route: Route = {
    model,
    generation: 0,
    epoch: 0,
    rollout: null,
    watch: null,
    cause: 'operator',
    stable: null,
  };
  return { route, fence: NO_TOKEN, lastWrite: null, leaseUntilMs: null };
}

/** What is served at `nowMs`: a canary whose lease has run out is gone, one generation on. Pure; call before all else. */
export function lapse(row: RouteRow, nowMs: number): RouteRow {
  if (!row.route.canary || row.leaseUntilMs === null || nowMs < row.leaseUntilMs) return row;
  return moved(row, { stable: row.route.stable }, 'lease', nowMs);
}

/**
 * The first step of a rollout: raises the fence, makes the route ours (epoch, rollout), drops a canary of lower tokens.
 * The row that comes back is what was found, in the same atomic step. Repeating it changes nothing more.
 */
export function fence(row: RouteRow, { token, rollout }: FenceCommand, nowMs: number): RowAnswer {
  const refused = refusal(row, token);
  if (refused) return refused;
  const repeated = row.route.rollout === rollout && sameStep(row.lastWrite, token);
  if (repeated) return { kind: 'ok', row: { ...row, fence: token } };
  const next = moved(row, { stable: row.route.stable }, 'fence', nowMs);
  const route = { ...next.route, epoch: token.epoch, rollout, watch: null };
  return { kind: 'ok', row: { ...next, route, fence: token, lastWrite: token } };
}

/**
 * Compare-and-set of the traffic. Checks in this order: lower epoch, lower token, other generation.
 * The repetition of the write that took hold last (same epoch and seq, a later attempt) is answered with what it made.
 */
export function write(row: RouteRow, command: WriteCommand, nowMs: number): RowAnswer {
  const { token, rollout, generation, cause, traffic } = command;
  const refused = refusal(row, token);
  if (refused) return refused;
  if (sameStep(row.lastWrite, token) && row.route.generation === generation + 1) {
    return { kind: 'ok', row: { ...row, fence: token, lastWrite: token } };
  }
  if (row.route.generation !== generation) return { kind: 'stale-route', route: row.route };
  const next = moved(row, traffic, cause, nowMs);
  const route = { ...next.route, epoch: token.epoch, rollout, watch: null };
  return { kind: 'ok', row: { ...next, route, fence: token, lastWrite: token } };
}

/**
 * A watch takes the route over: raises the fence, never revives a canary. From then its predecessor neither renews nor restores.
 * Only a route of the token's own epoch can be claimed: a foreign one must be fenced first.
 */
export function claim(row: RouteRow, { token, generation }: ClaimCommand): RowAnswer {
  const refused = refusal(row, token);
  if (refused) return refused;
  const { route } = row;
  if (route.generation !== generation || route.epoch !== token.epoch) return { kind: 'stale-route', route };
  return { kind: 'ok', row: { ...row, fence: token, route: { ...row.route, watch: token } } };
}

/**
 * Extends the lease from the look: `max(lease, lookedAt + L)`. Never creates or revives a canary, adds no generation.
 * A look later than the node's clock is one of an earlier boot and extends nothing.
 */
export function renew(row: RouteRow, { token, generation, lookedAtMs }: RenewCommand, nowMs: number): RowAnswer {
  const refused = refusal(row, token);
  if (refused) return refused;
  const { watch, canary } = row.route;
  if (!watch || compareTokens(watch, token) !== 0) return { kind: 'superseded', fence: row.fence };
  if (row.route.generation !== generation) return { kind: 'stale-route', route: row.route };
  if (!canary || row.leaseUntilMs === null || lookedAtMs > nowMs) return { kind: 'ok', row };
  return { kind: 'ok', row: { ...row, leaseUntilMs: Math.max(row.leaseUntilMs, lookedAtMs + canary.leaseMs) } };
}

/** The digests a node may be asked to serve under this row. Pure. */
export function servedDigests({ route }: RouteRow): readonly Digest[] {
  return [route.stable, route.canary?.digest].filter((digest) => digest !== null && digest !== undefined);
}

function refusal({ fence }: RouteRow, token: Token): RowAnswer | undefined {
  if (token.epoch < fence.epoch) return { kind: 'stale-epoch', seen: fence.epoch };
  if (compareTokens(token, fence) < 0) return { kind: 'superseded', fence };
  return undefined;
}

function moved(row: RouteRow, traffic: Traffic, cause: RouteCause, nowMs: number): RouteRow {
  const { canary: _dropped, ...rest } = row.route;
  const { stable, canary } = traffic;
  const route: Route = { ...rest, stable, ...(canary && { canary }), generation: rest.generation + 1, cause };
  return { ...row, route, leaseUntilMs: canary ? nowMs + canary.leaseMs : null };
}

function sameStep(a: Token | null, b: Token): boolean {
  return a !== null && a.epoch === b.epoch && a.seq === b.seq;
}
