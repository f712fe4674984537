import type { Counters, ErrorKind, Segment } from '../../../domain/counters';
import type { Digest } from '../../../domain/ids';
import type { Route } from '../../../domain/route';
import { MODEL } from './freights';

interface Counted {
  readonly digest: Digest;
  readonly arm: 'stable' | 'canary';
  readonly weightPct: number;
  readonly generation: number;
  requests: number;
  errors: number;
}
const NO_LATENCY: readonly number[] = [];
const NO_ERRORS: Partial<Record<ErrorKind, number>> = {};
const SHOWN = 3; // segments: a gateway shows more, but nobody asks for older ones

/** What the gateway of one node counts: follows from the route, the rate and which versions are bad there, up to now. */
export class Traffic {
  perSecond = 1_000;
  skew = 0; // added to the canary's share: an experiment that is not what it says
  readonly bad = new Map<Digest, number>(); // share of requests that fail
  private bootId = 1;
  private seq = 0;
  private readonly all: Counted[] = [];
  private sinceMs = 0;

  /** Adds what came since the last time, all of it to the route as it is now. */
  advance(route: Route, nowMs: number): void {
    const requests = Math.floor(((nowMs - this.sinceMs) * this.perSecond) / 1_000);
    this.sinceMs = nowMs;
    const { stable, canary, generation } = route;
    const share = canary ? Math.min(1, canary.weightPct / 100 + this.skew) : 0;
    const toCanary = Math.round(requests * share);
    if (canary) this.count(canary.digest, 'canary', canary.weightPct, generation, toCanary);
    if (stable !== null) this.count(stable, 'stable', 100 - (canary?.weightPct ?? 0), generation, requests - toCanary);
  }

  /** Requests of a version on an arm within a generation, truly. */
  truly(digest: Digest, arm: 'stable' | 'canary'): number {
    let requests = 0;
    for (const one of this.all) if (one.digest === digest && one.arm === arm) requests += one.requests;
    return requests;
  }

  restart(): void {
    this.bootId++;
    this.seq = 0;
  }

  /** @param isFalse it counts more errors than requests */
  counters(nowMs: number, isFalse: boolean): Counters {
    const shown = this.all.slice(-SHOWN).map((one) => (isFalse ? { ...one, errors: one.requests + 1 } : one));
    const segments = shown.map(segmentOf).reverse();
    return { model: MODEL, bootId: `boot-${this.bootId}`, seq: ++this.seq, asOfMs: nowMs, segments };
  }

  private count(digest: Digest, arm: Counted['arm'], weightPct: number, generation: number, requests: number): void {
    let one = this.all.findLast((it) => it.digest === digest && it.arm === arm && it.generation === generation);
    if (!one) {
      one = { digest, arm, weightPct, generation, requests: 0, errors: 0 };
      this.all.push(one);
    }
    one.requests += requests;
    one.errors += Math.floor(requests * (this.bad.get(digest) ?? 0));
  }
}

function segmentOf({ digest, arm, weightPct, generation, requests, errors }: Counted): Segment {
  return {
    digest,
    arm,
    weightPct,
    generation,
    requests,
    errors: errors > 0 ? { 'status-5xx': errors } : NO_ERRORS,
    latency: NO_LATENCY,
    inFlight: 0,
    distinctClients: Math.min(64, requests),
  };
}
