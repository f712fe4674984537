import { fencePointer } from '../../../distribution';
import { lineId, promotionId, rolloutId, type LineState } from '../../../workflows/contract';
import { Random } from '../sdk/random';
import type { World } from '../world';
import { MODEL } from './freights';
import { START_MS } from './people';
import { MISHAPS, type Mishap, type MishapKind } from './mishaps';
import type { SimulatedRegion } from './region';

const APART = 0x5bd1e995; // its draws follow from the seed too, and leave all others as they are
const WAYS_BACK = 8; // at most, in one world
const RARE = 0.03; // the share of worlds with one of these fates each
const FATES = [
  ...(['skew', 'steward', 'elsewhere', 'cut-short', 'regret', 'fussy', 'silence'] as const),
  ...(['flicker', 'late-flip', 'dark', 'false-counts', 'clock-back', 'letters'] as const),
  ...(['stutter', 'way-back', 'half-bad', 'second-thoughts'] as const),
] as const;
const FUSSED_AT = new Set(['replicating', 'verifying', 'loading', 'validating', 'live']); // when no message comes otherwise
const SKEW = 0.2; // of the requests: far from any share that was commanded

/**
 * What is rare: arms that do not get their shares, a line that is held or frozen, a region that another hub served before, a promotion
 * that is terminated or aborted once it has committed, or aborted while it goes back by itself, gates that nobody answers, a person who pauses and resumes all the time.
 */
export class Aside {
  private readonly draw: Random;
  private readonly fate: (typeof FATES)[number] | 'nothing';
  private readonly ill: SimulatedRegion; // the region that it comes over
  private times = 0; // it has come

  constructor(
    private readonly world: World,
    seed: number,
  ) {
    this.draw = new Random(seed ^ APART);
    const drawn = this.draw.next();
    this.fate = FATES[Math.floor(drawn / RARE)] ?? 'nothing';
    this.ill = this.draw.pick([...world.regions.values()]);
  }

  async begin(): Promise<void> {
    if (this.fate === 'stutter') this.world.lineEvents = this.draw.between(5, 15);
    if (this.fate === 'skew') this.skew(this.ill);
    if (this.fate === 'steward') this.steward();
    if (this.fate === 'elsewhere' || this.fate === 'second-thoughts') await this.servedElsewhere(this.ill);
  }

  /** A rollout hears that its promotion has committed. */
  commits(epoch: number): void {
    const { scheduler, engine, operators } = this.world;
    const soon = (run: () => void) => void scheduler.in(this.draw.between(0, 60), run);
    if (this.fate === 'cut-short') soon(() => engine.terminate(promotionId(MODEL, epoch)));
    if (this.fate === 'regret') soon(() => operators.abort(epoch));
    if (this.fate === 'way-back') this.wayBack();
  }

  /** Somebody sends an offer. */
  sends(again: () => void): void {
    if (this.fate !== 'stutter') return;
    for (const latestMs of [2_000, 30_000, 90_000]) this.world.scheduler.in(this.draw.between(500, latestMs), again);
  }

  /** Whether gates wait in vain for a yes. */
  get isSilent(): boolean {
    return this.fate === 'silence';
  }

  /** A rollout enters a phase. */
  enters(region: SimulatedRegion, phase: string, epoch: number): void {
    if (isMishap(this.fate) && region === this.ill) this.befalls(MISHAPS[this.fate], phase, epoch);
    const { scheduler, operators } = this.world;
    if (this.fate === 'second-thoughts' && phase === 'rolling-back')
      scheduler.in(this.draw.between(0, 300), () => operators.abort(epoch));
    if (this.fate !== 'fussy' || !FUSSED_AT.has(phase)) return;
    operators.say(epoch, 'pause');
    scheduler.in(this.draw.between(0, 40), () => operators.say(epoch, 'resume'));
  }

  /** A version is offered, and a person wants one from before. */
  private wayBack(): void {
    const { crowd, fixtures, scheduler } = this.world;
    if (this.times++ % 4 === 0) crowd.offer(this.times === 1 ? 2 : 1);
    const { digest } = this.draw.pick(fixtures.freights);
    if (this.times > WAYS_BACK || this.draw.chance(0.3)) return;
    scheduler.in(this.draw.between(0, this.draw.pick([100, 12_000])), () => crowd.waysBack.ask(digest));
  }

  private befalls({ phases, times, happens }: Mishap, phase: string, epoch: number): void {
    if (this.times >= times || !phases.includes(phase)) return;
    this.times++;
    happens({ world: this.world, draw: this.draw, region: this.ill, epoch });
  }

  private skew({ nodes }: SimulatedRegion): void {
    const { scheduler } = this.world;
    for (const { traffic } of nodes) traffic.skew = SKEW;
    scheduler.in(this.draw.between(5_000, 90_000), () => {
      for (const { traffic } of nodes) traffic.skew = 0;
    });
  }

  /** A person holds or freezes the line for a while. */
  private steward(): void {
    const { scheduler, operators, engine, witness } = this.world;
    const known = () => (engine.query(lineId(MODEL), 'line') as LineState | undefined)?.epoch ?? 0;
    const stops = () => void (witness.stoppedAt = known());
    const goesOn = () => void (witness.stoppedAt = undefined);
    const forMs = this.draw.between(1_000, 60_000);
    const until = new Date(START_MS + 24 * 3_600_000).toISOString();
    const isHold = this.draw.chance(0.5);
    scheduler.in(this.draw.between(0, 3_000), () => {
      if (isHold) operators.line('hold', 'hold', { reason: 'wait' }, stops);
      else operators.line('freeze', 'freeze', { until, reason: 'a holiday' }, stops);
    });
    scheduler.in(forMs + 3_000, () => {
      if (isHold) operators.line('unhold', 'resume', {}, goesOn);
      else operators.line('thaw', 'thaw', {}, goesOn);
    });
  }

  /** Epochs that the manifest of this hub has never heard of. */
  private async servedElsewhere({ region, nodes, store }: SimulatedRegion): Promise<void> {
    const epoch = this.draw.between(2, 4);
    const token = { epoch, seq: 1, attempt: 1 };
    for (const { router } of nodes) await router.fence(MODEL, { token, rollout: rolloutId(MODEL, epoch, region.id) });
    await fencePointer(store, MODEL, token, 0);
    this.world.witness.usurped.set(region.id, epoch);
  }
}

function isMishap(fate: string): fate is MishapKind {
  return Object.hasOwn(MISHAPS, fate);
}
