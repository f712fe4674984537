import type { Digest, ModelName } from './ids';

/** The upper bounds of the latency buckets, milliseconds; one more bucket lies above the last. Steps of 2^(1/2) from 0.5 ms to 64 s. */
export const LATENCY_BOUNDS_MS: readonly number[] = Array.from({ length: 35 }, (_, step) => 0.5 * 2 ** (step / 2));

/** What went wrong with a request, as the gateway saw it. Faults of the caller and client aborts are not errors of a version. */
export type ErrorKind = 'status-5xx' | 'connect' | 'timeout' | 'reset' | 'not-loaded';

export type Arm = 'stable' | 'canary' | 'mirror';

/**
 * What one gateway node served of one freight on one arm within one generation of the route: cumulative, kept over restarts
 * (written to disk every second, so that a kill loses at most one look). Why by generation: docs/adr/001.
 */
export interface Segment {
  readonly digest: Digest;
  readonly arm: Arm;
  readonly weightPct: number; // commanded share of this arm, 0..100
  readonly generation: number;
  readonly requests: number;
  readonly errors: Readonly<Partial<Record<ErrorKind, number>>>;
  readonly latency: readonly number[]; // counts a bucket, LATENCY_BOUNDS_MS.length + 1 of them
  readonly inFlight: number;
  readonly distinctClients: number; // exact up to 64, then 64
}

/** The counters of one node for one model. */
export interface Counters {
  readonly model: ModelName;
  readonly bootId: string; // new at every start of the node's process
  readonly seq: number; // one more with every answer of this boot
  readonly asOfMs: number; // the node's monotonic clock
  readonly segments: readonly Segment[]; // newest generation first, at most 64
}

/** All errors of a segment. Pure. */
export function errorsOf({ errors }: Pick<Segment, 'errors'>): number {
  let all = 0;
  for (const count of Object.values(errors)) all += count;
  return all;
}

/** Requests slower than `limitMs`, rounded up to the next bucket bound: counts never claim more than was measured. Pure. */
export function slowerThan({ latency }: Pick<Segment, 'latency'>, limitMs: number): number {
  let slow = 0;
  latency.forEach((count, bucket) => {
    const lower = bucket === 0 ? 0 : (LATENCY_BOUNDS_MS[bucket - 1] ?? Infinity);
    if (lower >= limitMs) slow += count;
  });
  return slow;
}

/** The bucket that a latency falls into. Pure. */
export function latencyBucket(ms: number): number {
  let bucket = 0;
  while (bucket < LATENCY_BOUNDS_MS.length && ms > (LATENCY_BOUNDS_MS[bucket] ?? Infinity)) bucket++;
  return bucket;
}
