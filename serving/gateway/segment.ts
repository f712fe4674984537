import { LATENCY_BOUNDS_MS, latencyBucket } from '../../domain/counters';
import type { Arm, ErrorKind, Segment } from '../../domain/counters';
import type { Digest } from '../../domain/ids';
import type { Route } from '../../domain/route';

const EXACT_CLIENTS = 64; // `Segment.distinctClients` is exact up to here

/** How one request ended: answered, an error of the version, or nothing to hold against it (the caller left). */
export type Ending = 'answered' | ErrorKind | 'left';

/** What is counted over all generations of one digest on one arm, for `/metrics`. */
export interface Totals {
  readonly digest: Digest;
  readonly arm: Arm;
  readonly requests: number;
  readonly errors: Readonly<Partial<Record<ErrorKind, number>>>;
  readonly latency: readonly number[];
  readonly latencyMs: number; // sum
}
export interface SavedSegment extends Omit<Segment, 'inFlight' | 'distinctClients'> {
  readonly clients: readonly number[]; // hashes: who asked is nobody's business
}
type Counted = { -readonly [Key in keyof Totals]: Totals[Key] };

/** Counts that grow. A request counts when it ends, so one that hangs is never taken for a good one. */
export class RunningTotals {
  readonly #errors: Partial<Record<ErrorKind, number>>;
  readonly #latency: number[];
  readonly #counted: Pick<Counted, 'requests' | 'latencyMs'>;

  constructor(
    readonly digest: Digest,
    readonly arm: Arm,
    saved?: Pick<Totals, 'requests' | 'errors' | 'latency'> & { readonly latencyMs?: number },
  ) {
    this.#errors = { ...saved?.errors };
    this.#latency = saved ? [...saved.latency] : new Array<number>(LATENCY_BOUNDS_MS.length + 1).fill(0);
    this.#counted = { requests: saved?.requests ?? 0, latencyMs: saved?.latencyMs ?? 0 };
  }

  count(ending: Exclude<Ending, 'left'>, latencyMs: number | null): void {
    this.#counted.requests++;
    if (ending !== 'answered') this.#errors[ending] = (this.#errors[ending] ?? 0) + 1;
    if (latencyMs === null) return;
    const bucket = latencyBucket(latencyMs);
    this.#latency[bucket] = (this.#latency[bucket] ?? 0) + 1;
    this.#counted.latencyMs += latencyMs;
  }

  snapshot(): Totals {
    const { digest, arm } = this;
    return { digest, arm, ...this.#counted, errors: { ...this.#errors }, latency: [...this.#latency] };
  }
}

/** One segment of the counters, as it grows: (digest, arm, generation). What it counts goes into the totals too. */
export class RunningSegment {
  readonly digest: Digest;
  readonly arm: Arm;
  readonly generation: number;
  readonly weightPct: number;
  readonly #counts: RunningTotals;
  readonly #clients: Set<number>;
  #inFlight = 0;
  #warmUntilMs: number | null; // null: not known before the first request

  constructor(
    private readonly totals: RunningTotals,
    { route, saved }: { readonly route?: Route; readonly saved?: SavedSegment },
  ) {
    this.digest = totals.digest;
    this.arm = totals.arm;
    this.generation = saved?.generation ?? route?.generation ?? 0;
    this.weightPct = saved?.weightPct ?? (route ? weightOf(this.arm, route) : 0);
    this.#counts = new RunningTotals(this.digest, this.arm, saved);
    this.#clients = new Set(saved?.clients);
    const warms = route?.cause === 'step' || route?.cause === 'flip';
    this.#warmUntilMs = warms ? null : -Infinity;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  begin(client: number, nowMs: number, warmUpMs: number): void {
    this.#inFlight++;
    if (this.#clients.size < EXACT_CLIENTS) this.#clients.add(client);
    this.#warmUntilMs ??= nowMs + warmUpMs;
  }

  /** A request that began while the version was cold says nothing of its latency here. */
  end(ending: Ending, tookMs: number, beganMs: number): void {
    this.#inFlight--;
    if (ending === 'left') return;
    const isWarm = this.#warmUntilMs !== null && beganMs >= this.#warmUntilMs;
    this.#counts.count(ending, isWarm ? tookMs : null);
    this.totals.count(ending, tookMs);
  }

  snapshot(): Segment {
    const { latencyMs: _sum, ...counted } = this.#counts.snapshot();
    const { weightPct, generation } = this;
    return { ...counted, weightPct, generation, inFlight: this.#inFlight, distinctClients: this.#clients.size };
  }

  saved(): SavedSegment {
    const { inFlight: _inFlight, distinctClients: _clients, ...segment } = this.snapshot();
    return { ...segment, clients: [...this.#clients] };
  }
}

function weightOf(arm: Arm, { canary }: Route): number {
  if (arm !== 'stable') return canary?.weightPct ?? 0;
  return canary?.mode === 'split' ? 100 - canary.weightPct : 100;
}
