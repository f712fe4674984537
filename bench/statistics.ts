import type { BenchRow } from './row';

/** The smallest value that a share of all values does not exceed (nearest rank). Pure. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Four digits are more than these benches can tell apart. Pure. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** A row of something that nothing else does, so that there is no peer to run beside it. Pure. */
export function ownRow(measure: string, value: number, limit?: { readonly below: number }): BenchRow {
  const ours = rounded(value);
  const aim = limit ? `below ${limit.below}` : null;
  return { measure, ours, peers: {}, ratioToBest: null, aim, met: limit ? ours < limit.below : null };
}
