import { alarmsOf, lnEvidence } from '../../../domain/alarms';
import { DEFAULT_LIMITS, type ArmCounts, type Limits, type Look } from '../../../domain/judge';

const { imul } = Math; // in Jest a global is looked up slowly, and this one a million times

/** Numbers in [0, 1) from a seed: mulberry32. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Counts of many clients without errors; a test states what differs. */
export function arm(counts: Partial<ArmCounts> = {}): ArmCounts {
  return { requests: 0, errors: 0, slow: [], distinctClients: 50, ...counts };
}

/** A look beside stable at 50 %, between planned looks, first segment. */
export function look(differs: Partial<Look> = {}): Look {
  return {
    canary: arm(),
    stable: arm(),
    baseline: 'concurrent',
    weightPct: 50,
    carried: { lnE: [] },
    plannedLook: null,
    ...differs,
  };
}

/** Traffic in which each request fails with its arm's rate, times what both arms suffer at that moment. */
export interface Traffic {
  readonly weights: readonly number[]; // percent, one a segment; ln E is carried on
  readonly perWeight: number; // requests of a segment
  readonly canaryRate: number; // share of requests
  readonly stableRate: number; // share of requests
  readonly lookEvery: number; // requests
  readonly weather?: (request: number) => number; // factor on both rates at the n-th request; default 1
}

/** Requests until the judge sends the canary back, or null if it never does. */
export function requestsToRollback(
  traffic: Traffic,
  random: () => number,
  limits: Limits = DEFAULT_LIMITS,
): number | null {
  let lnE: readonly number[] = [];
  for (const [segment, weightPct] of traffic.weights.entries()) {
    const end = segmentOf(traffic, { weightPct, from: segment * traffic.perWeight, lnE }, random, limits);
    if (end.rolledBackAt !== null) return end.rolledBackAt;
    lnE = end.lnE;
  }
  return null;
}

interface Segment {
  readonly weightPct: number;
  readonly from: number; // requests before it
  readonly lnE: readonly number[];
}

function segmentOf(traffic: Traffic, { weightPct, from, lnE }: Segment, random: () => number, limits: Limits) {
  const canary = { requests: 0, errors: 0 };
  const stable = { requests: 0, errors: 0 };
  const share = weightPct / 100;
  const slow = limits.latencyLimitsMs.map(() => 0);
  const evidence = () => {
    const arms = { canary: arm({ ...canary, slow }), stable: arm({ ...stable, slow }) };
    const now = look({ ...arms, weightPct, carried: { lnE } });
    const all = lnEvidence(now, limits);
    return { lnE: all, alarmed: alarmsOf(now, limits, all).length > 0 };
  };
  let news = false; // ln E rises with an error of the canary only
  for (let request = from + 1; request <= from + traffic.perWeight; request++) {
    const weather = traffic.weather?.(request) ?? 1;
    const drawn = random();
    const onCanary = drawn < share;
    const served = onCanary ? canary : stable;
    served.requests++;
    if (
      onCanary ? drawn < share * traffic.canaryRate * weather : 1 - drawn < (1 - share) * traffic.stableRate * weather
    ) {
      served.errors++;
      news ||= onCanary;
    }
    if (!news || request % traffic.lookEvery !== 0) continue;
    news = false;
    if (evidence().alarmed) return { lnE, rolledBackAt: request };
  }
  return { lnE: evidence().lnE, rolledBackAt: null };
}

/** The middle one; what never happened counts as later than all. */
export function median(values: readonly (number | null)[]): number {
  const sorted = values.map((value) => value ?? Infinity).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
