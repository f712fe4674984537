import { errorsOf, slowerThan, type Arm, type Counters, type Segment } from './counters';
import type { Digest, NodeId } from './ids';
import type { ArmCounts } from './judge';

/** Which segments count as the arm under test and as its comparison, on one node. */
export interface Slice {
  readonly generation: number;
  readonly under: { readonly digest: Digest; readonly arm: Arm };
  readonly beside: { readonly digest: Digest; readonly arm: Arm } | null;
}
interface Seen {
  readonly bootId: string;
  readonly under: ArmCounts;
  readonly beside: ArmCounts;
}
/**
 * What a watch has counted so far: plain data, small enough for a heartbeat. Counters are cumulative and kept by generation, so a
 * new watch of the same generation starts from the whole; what a restarted node lost since the last look is added back (docs/adr/001).
 */
export type Tally = Readonly<Record<NodeId, { readonly last: Seen; readonly lost: Pick<Seen, 'under' | 'beside'> }>>;

const slowCounts = (latencyLimitsMs: readonly number[], segment: Segment) =>
  latencyLimitsMs.map((limit) => slowerThan(segment, limit));

/** Takes one node's counters into the tally. Pure: returns the new tally. Never goes negative over a restart. */
export function taken(
  tally: Tally,
  node: NodeId,
  { bootId, segments }: Pick<Counters, 'bootId' | 'segments'>,
  slice: Slice,
  latencyLimitsMs: readonly number[],
): Tally {
  const count = (of: Slice['beside']): ArmCounts => {
    const segment = of && segments.find((one) => isOf(one, of, slice.generation));
    return segment ? armCounts(segment, latencyLimitsMs) : nothing(latencyLimitsMs);
  };
  const last: Seen = { bootId, under: count(slice.under), beside: count(slice.beside) };
  const before = tally[node];
  const none = { under: nothing(latencyLimitsMs), beside: nothing(latencyLimitsMs) };
  if (!before) return { ...tally, [node]: { last, lost: none } };
  if (before.last.bootId === bootId) return { ...tally, [node]: { last, lost: before.lost } };
  const lost = {
    under: plus(before.lost.under, shortfall(before.last.under, last.under)),
    beside: plus(before.lost.beside, shortfall(before.last.beside, last.beside)),
  };
  return { ...tally, [node]: { last, lost } };
}

/** Both arms over all nodes. Pure. */
export function totals(tally: Tally, latencyLimitsMs: readonly number[]): { under: ArmCounts; beside: ArmCounts } {
  let [under, beside] = [nothing(latencyLimitsMs), nothing(latencyLimitsMs)];
  for (const { last, lost } of Object.values(tally)) {
    under = plus(under, plus(last.under, lost.under));
    beside = plus(beside, plus(last.beside, lost.beside));
  }
  return { under, beside };
}

/** No request at all. Pure. */
export function nothing(latencyLimitsMs: readonly number[]): ArmCounts {
  return { requests: 0, errors: 0, slow: latencyLimitsMs.map(() => 0), distinctClients: 0 };
}

/** The sum of two counts; distinct clients cannot be added, so the larger number stands (a floor). Pure. */
export function plus(a: ArmCounts, b: ArmCounts): ArmCounts {
  return {
    requests: a.requests + b.requests,
    errors: a.errors + b.errors,
    slow: a.slow.map((count, limit) => count + (b.slow[limit] ?? 0)),
    distinctClients: Math.max(a.distinctClients, b.distinctClients),
  };
}

function shortfall(before: ArmCounts, now: ArmCounts): ArmCounts {
  const requests = Math.max(0, before.requests - now.requests);
  return {
    requests,
    errors: Math.min(requests, Math.max(0, before.errors - now.errors)),
    slow: before.slow.map((count, limit) => Math.min(requests, Math.max(0, count - (now.slow[limit] ?? 0)))),
    distinctClients: before.distinctClients,
  };
}

function isOf(segment: Segment, { digest, arm }: { digest: Digest; arm: Arm }, generation: number): boolean {
  return segment.generation === generation && segment.digest === digest && segment.arm === arm;
}

function armCounts(segment: Segment, latencyLimitsMs: readonly number[]): ArmCounts {
  const { requests, distinctClients } = segment;
  return { requests, errors: errorsOf(segment), slow: slowCounts(latencyLimitsMs, segment), distinctClients };
}
