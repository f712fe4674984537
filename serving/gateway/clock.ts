import type { NodeClock } from '../../domain/route-persisted';

// The system's monotonic clock: unlike performance.now() alone it goes on over a restart of the process.
const STARTED_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** The node's two clocks: the system's monotonic one, whole milliseconds rounded down, and the wall. */
export function systemClock(): NodeClock {
  return { nowMs: Math.floor(STARTED_MS + performance.now()), wallMs: Date.now() };
}
