import type { RouteRow } from './route-node';

/** A row as it rests on disk: the lease as what remains of it, because a monotonic clock means nothing to the next boot. */
export interface PersistedRow extends Omit<RouteRow, 'leaseUntilMs'> {
  readonly leaseLeftMs: number | null; // milliseconds; null without a canary
  readonly wallMs: number; // milliseconds since the epoch, when this was written
}

/** A node's two clocks at one moment: durations run on the first, the second only bridges a restart. */
export interface NodeClock {
  readonly nowMs: number; // monotonic
  readonly wallMs: number; // milliseconds since the epoch
}

/** What to write. Pure. */
export function persisted({ leaseUntilMs, ...row }: RouteRow, { nowMs, wallMs }: NodeClock): PersistedRow {
  const leaseLeftMs = leaseUntilMs === null ? null : Math.max(0, leaseUntilMs - nowMs);
  return { ...row, leaseLeftMs, wallMs };
}

/**
 * What a node serves by after a restart. The lease went on while the node was down: min(remaining, lease) less the time that
 * passed, and none is left when the wall clock moved further than that, either way. `lapse` does the rest. Pure; contract 5.
 */
export function restored({ leaseLeftMs, wallMs, ...row }: PersistedRow, clock: NodeClock): RouteRow {
  const { canary } = row.route;
  if (!canary || leaseLeftMs === null) return { ...row, leaseUntilMs: null };
  const leftMs = Math.min(leaseLeftMs, canary.leaseMs);
  const movedMs = clock.wallMs - wallMs;
  const lapsed = !(Math.abs(movedMs) <= leftMs);
  return { ...row, leaseUntilMs: lapsed ? clock.nowMs : clock.nowMs + leftMs - Math.max(0, movedMs) };
}
