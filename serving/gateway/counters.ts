import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Arm, Counters } from '../../domain/counters';
import { armSchema, errorsSchema, latencySchema } from '../../domain/files/counters';
import { digestSchema, modelNameSchema } from '../../domain/files/route';
import type { Digest, ModelName } from '../../domain/ids';
import type { Route } from '../../domain/route';
import { RunningSegment, RunningTotals, type Ending, type SavedSegment, type Totals } from './segment';

const MOST_SEGMENTS = 64; // a model; `Counters.segments` says so too
const MOST_TOTALS = 64; // digests and arms a model that /metrics remembers
const count = z.number().int().min(0);
const countedSchema = {
  digest: digestSchema,
  arm: armSchema,
  requests: count,
  errors: errorsSchema,
  latency: latencySchema,
};
const savedSchema = z.array(
  z.object({
    model: modelNameSchema,
    segments: z.array(
      z.object({ ...countedSchema, weightPct: count, generation: count, clients: z.array(z.number()) }),
    ),
    totals: z.array(z.object({ ...countedSchema, latencyMs: z.number().min(0) })),
  }),
);

/** One request while it is under way. */
export class Measured {
  readonly #beganMs = performance.now();
  #latencyMs: number | null = null;
  #ended = false;

  constructor(
    private readonly segment: RunningSegment,
    private readonly nowMs: number, // the node's clock
    private readonly onEnd: () => void,
  ) {}

  /** The first byte of a stream is there: its latency is known, however long the stream goes on. */
  streams(): void {
    this.#latencyMs ??= performance.now() - this.#beganMs;
  }

  /** Counts it, once. */
  end(ending: Ending): void {
    if (this.#ended) return;
    this.#ended = true;
    this.segment.end(ending, this.#latencyMs ?? performance.now() - this.#beganMs, this.nowMs);
    this.onEnd();
  }
}
interface OfModel {
  segments: RunningSegment[]; // newest generation first
  readonly totals: Map<string, RunningTotals>;
}

/** What this node served, by model. Cumulative; `saved` and the constructor carry it over a restart, under a new boot id. */
export class CounterBook {
  readonly bootId = randomUUID();
  readonly #models = new Map<ModelName, OfModel>();
  #seq = 0;
  #changes = 0;

  constructor(
    private readonly clock: () => number,
    private readonly warmUpMs: number,
    saved?: unknown,
  ) {
    if (saved === undefined) return;
    for (const { model, segments, totals } of savedSchema.parse(saved)) {
      const ofModel: OfModel = { segments: [], totals: new Map() };
      for (const one of totals) ofModel.totals.set(keyOf(one), new RunningTotals(one.digest, one.arm, one));
      ofModel.segments = segments.map((saved) => new RunningSegment(totalsOf(ofModel, saved), { saved }));
      this.#models.set(model, ofModel);
    }
  }

  /** Grows with everything that is counted: equal numbers mean that nothing needs to be saved. */
  get changes(): number {
    return this.#changes;
  }

  begin(route: Route, { digest, arm }: { digest: Digest; arm: Arm }, client: number): Measured {
    const segment = segmentOf(this.#of(route.model), route, digest, arm);
    const nowMs = this.clock();
    segment.begin(client, nowMs, this.warmUpMs);
    return new Measured(segment, nowMs, () => this.#changes++);
  }

  read(model: ModelName): Counters {
    const segments = this.#models.get(model)?.segments.map((one) => one.snapshot()) ?? [];
    return { model, bootId: this.bootId, seq: ++this.#seq, asOfMs: this.clock(), segments };
  }

  models(): readonly ModelName[] {
    return [...this.#models.keys()].sort();
  }

  totals(model: ModelName): readonly Totals[] {
    return [...(this.#models.get(model)?.totals.values() ?? [])].map((one) => one.snapshot());
  }

  inFlight(model: ModelName): number {
    let all = 0;
    for (const { inFlight } of this.#models.get(model)?.segments ?? []) all += inFlight;
    return all;
  }

  saved(): readonly { model: ModelName; segments: readonly SavedSegment[]; totals: readonly Totals[] }[] {
    return this.models().map((model) => {
      const segments = this.#models.get(model)?.segments.map((one) => one.saved()) ?? [];
      return { model, segments, totals: this.totals(model) };
    });
  }

  #of(model: ModelName): OfModel {
    let found = this.#models.get(model);
    if (!found) this.#models.set(model, (found = { segments: [], totals: new Map() }));
    return found;
  }
}

/** Requests meet the newest generation, so the segment is nearly always among the first. Old ones are dropped; their totals stay. */
function segmentOf(ofModel: OfModel, route: Route, digest: Digest, arm: Arm): RunningSegment {
  for (const segment of ofModel.segments) {
    if (segment.generation === route.generation && segment.arm === arm && segment.digest === digest) return segment;
    if (segment.generation < route.generation) break;
  }
  const segment = new RunningSegment(totalsOf(ofModel, { digest, arm }), { route });
  const all = [segment, ...ofModel.segments].sort((a, b) => b.generation - a.generation);
  ofModel.segments = all.slice(0, MOST_SEGMENTS);
  return segment;
}

function totalsOf({ totals }: OfModel, { digest, arm }: { digest: Digest; arm: Arm }): RunningTotals {
  const key = keyOf({ digest, arm });
  let found = totals.get(key);
  if (found) return found;
  totals.set(key, (found = new RunningTotals(digest, arm)));
  const oldest = totals.keys().next();
  if (totals.size > MOST_TOTALS && !oldest.done) totals.delete(oldest.value);
  return found;
}

function keyOf({ digest, arm }: { digest: Digest; arm: Arm }): string {
  return `${digest}/${arm}`;
}
