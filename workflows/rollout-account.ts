import { CancellationScope, getExternalWorkflowHandle, log } from '@temporalio/workflow';
import type { ControlActivities } from '../activities';
import type { Stamp } from '../activities/stamp';
import { mayFollow, type Phase, type Reason, type RegionOutcome } from '../domain/phase';
import type { ValidationEvidence } from '../domain/evidence';
import type { Found } from '../domain/found';
import { nowMs } from './clock';
import { promotionId, reportSignal, type RolloutInput, type RolloutStatus, type StepRecord } from './contract';

const SERVING: ReadonlySet<Phase> = new Set(['flipping', 'baking', 'live']);

type Row = Parameters<ControlActivities['recordRow']>[0];

/** What a rollout tells: its status for queries, its reports to the promotion (docs/adr/004), its manifest row. Holds no decision. */
export class RolloutAccount {
  phase: Phase = 'reserving';
  outcome: RegionOutcome | null = null;
  reason: Reason | null = null;
  found: Found | null = null;
  weightPct = 0;
  validation: ValidationEvidence | null = null;
  bytesTotal: number | null = null;
  bytesMoved: number | null = null;
  replicateMs: number | null = null;
  waitsFor = '';
  heldUntilMs: number | null = null;
  awaitsData = false; // held until its counters can be read again
  unreachableSinceMs: number | null = null;
  notUndone: readonly string[] = [];
  breachAtMs: number | null = null;
  safeAtMs: number | null = null;
  staleEpoch: number | null = null;
  gate: 'canary' | 'flip' | null = null; // the gated point it waits at
  prepared = 0; // the round whose last look it has given
  isLoaded = false; // the runtimes said so
  refusedAsk = 0; // the newest wish to skip it that was refused
  isForeign = false; // a newer epoch has ordered what the region serves
  private readonly phases: { readonly phase: Phase; readonly atMs: number }[] = [{ phase: 'reserving', atMs: nowMs() }];
  private readonly steps: StepRecord[] = [];
  private reports = 0;
  private sending: Promise<void> = Promise.resolve();

  constructor(private readonly input: RolloutInput) {}

  /** Whether users may meet the new version as the region's stable, by our order. */
  get serves(): boolean {
    return SERVING.has(this.phase) || (this.phase === 'held' && this.weightPct === 100);
  }

  /** Whether a person may accept what is left undone: nothing serves the new version there by our order. */
  get mayAccept(): boolean {
    return this.safeAtMs !== null || this.isForeign;
  }

  /** Moves on along the phase table. @throws TypeError, a bug of ours, for any other move */
  enter(phase: Phase, waitsFor = ''): void {
    this.waitsFor = waitsFor;
    this.gate = null;
    if (phase === this.phase) return;
    if (!mayFollow(this.phase, phase)) throw new TypeError(`${phase} may not follow ${this.phase}`);
    this.phase = phase;
    this.phases.push({ phase, atMs: nowMs() });
    log.info('phase', { phase });
  }

  /** Waits at a point for the promotion's word, and says so. */
  await(point: 'canary' | 'flip' | null, waitsFor: string): void {
    this.enter('awaiting', waitsFor);
    this.gate = point;
    this.report();
  }

  /** Writes down what a weight showed; a later look at the same weight replaces the earlier one. */
  record(step: StepRecord): void {
    if (this.steps.at(-1)?.weightPct === step.weightPct) this.steps.pop();
    this.steps.push(step);
  }

  /** Tells the promotion where this rollout is. Reports go one after the other; a promotion that is gone hears nothing. */
  report(): void {
    const { region, epoch, attempt, model } = this.input;
    const { phase, gate, prepared, outcome, reason, staleEpoch, unreachableSinceMs, breachAtMs, safeAtMs, mayAccept } =
      this;
    const { refusedAsk, awaitsData } = this;
    const told = {
      phase,
      gate,
      prepared,
      outcome,
      reason,
      staleEpoch,
      unreachableSinceMs,
      breachAtMs,
      safeAtMs,
      mayAccept,
      refusedAsk,
      awaitsData,
    };
    const report = { region, epoch, attempt, seq: ++this.reports, ...told };
    const promotion = getExternalWorkflowHandle(promotionId(model, epoch));
    this.sending = this.sending.then(() =>
      CancellationScope.nonCancellable(() => promotion.signal(reportSignal, report)).catch(ignoreGone),
    );
  }

  /** Tells the promotion that it is not skipped. */
  refuse(ask: number): void {
    this.refusedAsk = ask;
    this.report();
  }

  /** Resolves when every report so far has been sent. */
  async told(): Promise<void> {
    await CancellationScope.nonCancellable(() => this.sending);
  }

  /** The region's row in the manifest: what it is to serve, once it is known what it serves; when it is live; when it has ended. */
  row(phase: 'reserving' | 'live' | 'ended', { epoch, seq }: Stamp): Row {
    const { model, region, freight, keepPrevious } = this.input;
    const isLive = phase === 'live' || this.outcome === 'live';
    const { current, previous } = this.whatWasFound;
    const before = isLive && current !== null ? [current, ...previous] : previous;
    return {
      ...{ model, region, phase, promotion: promotionId(model, epoch), outcome: this.outcome, epoch, seq },
      ...{ target: phase === 'ended' ? null : freight, live: isLive ? freight : current },
      previous: before.filter((digest) => digest !== freight).slice(0, keepPrevious),
    };
  }

  /** What the region had before; nothing, where it was not asked yet. */
  get whatWasFound(): Found {
    return this.found ?? { nodes: [], current: null, previous: [] };
  }

  status(): RolloutStatus {
    const { region, attempt } = this.input;
    const { phase, outcome, reason, weightPct, validation, bytesTotal, bytesMoved, replicateMs, waitsFor } = this;
    const { heldUntilMs, unreachableSinceMs, notUndone, breachAtMs, safeAtMs } = this;
    const found = this.found && Object.fromEntries(this.found.nodes.map(({ id, stable }) => [id, stable]));
    const where = { region, attempt, phase, phases: this.phases, outcome, reason, found };
    const bytes = { bytesTotal, bytesMoved, replicateMs };
    const waits = { waitsFor, heldUntilMs, unreachableSinceMs, notUndone, breachAtMs, safeAtMs };
    return { ...where, weightPct, steps: this.steps, validation, ...bytes, ...waits };
  }
}

function ignoreGone(err: unknown): void {
  log.warn('the promotion did not hear a report', { err });
}
