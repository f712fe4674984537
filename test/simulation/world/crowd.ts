import type { Digest } from '../../../domain/ids';
import type { PlannedPromotion } from '../../../domain/plan';
import {
  lineId,
  promotionId,
  type CurrentPromotion,
  type PromotionInput,
  type LineState,
  type Offer,
} from '../../../workflows/contract';
import type { World } from '../world';
import { MODEL } from './freights';
import type { Person } from './people';
import { Resends } from './resends';
import type { SimulatedRegion } from './region';
import { Starters } from './starters';
import { WaysBack } from './ways-back';

const TICK_MS = 15_000;
const PATIENCE_MS = 1_800_000; // after so long in peace somebody aborts what does not end by itself

/** Registries that offer and people who look after promotions, now and then; sooner and wiser once it is peace. */
export class Crowd {
  isOver = false;
  readonly starters: Starters;
  readonly waysBack: WaysBack;
  private readonly resends: Resends;
  private waiting = 0; // offers without an answer
  private offers = 0;
  private again = 1; // offers of what was decided already
  private readonly epochs = new Map<number, Digest>();

  constructor(private readonly world: World) {
    this.starters = new Starters(world);
    this.waysBack = new WaysBack(world);
    this.resends = new Resends(world);
  }

  begin(): void {
    this.offer(1);
    if (this.world.draw.chance(0.05)) this.world.scheduler.in(this.world.draw.between(0, 500), () => this.offer(1));
    this.world.scheduler.in(TICK_MS, () => this.tick());
  }

  offer(at: 0 | 1 | 2): void {
    const { draw, fixtures } = this.world;
    const digest = fixtures.freights[at]?.digest;
    if (digest === undefined) return;
    const id = `offer-${++this.offers}`;
    if (!draw.chance(0.3)) return this.give({ digest, id, source: 'registry' });
    this.waiting++;
    void this.starters.start(digest, id).then(this.answered);
  }

  /** Hands an offer to the line, and waits for what becomes of it. @param accepted runs when the line takes it */
  give(offer: Offer, accepted?: () => void): void {
    this.waiting++;
    this.send(offer, accepted).then(this.answered, this.answered);
  }

  send(offer: Offer, accepted?: () => void): Promise<unknown> {
    this.world.aside.sends(() => this.resends.again(offer));
    return this.world.engine.update(lineId(MODEL), 'offer', offer, `${offer.digest}/${offer.id}`, accepted);
  }

  private readonly answered = (answer: unknown): void => {
    this.waiting--;
    if (answer instanceof Error) return this.world.note(`offer refused: ${answer.message}`);
    this.world.note(`offer ${JSON.stringify(answer)}`);
  };

  /** One lane, and one promotion for a digest; a stale epoch begins it again. */
  promotionStarts({ epoch, planned, starter }: PromotionInput): void {
    const { laws, engine, witness } = this.world;
    const line = engine.query(lineId(MODEL), 'line') as LineState | undefined;
    const { digest } = planned.plan.freight;
    const current = line?.current;
    if (current?.epoch === epoch) this.begins(current, planned, starter);
    else laws.breaks('contract 4: epoch, current and start in one task', String(epoch));
    const { stoppedAt = Infinity, seenEpoch } = witness;
    if (epoch > stoppedAt) laws.breaks('contract 2: a line that is held or frozen starts nothing', String(epoch));
    if (this.epochs.size === 0 && epoch <= seenEpoch) laws.breaks('contract 4: a new line begins above every region');
    const isBack = current?.offer.source === 'rollback';
    const isHotfix = laws.policy.onNewDigest === 'hotfix'; // passes a held or stuck one, in other regions
    for (const [other, its] of this.epochs) {
      const isOpen = engine.open(promotionId(MODEL, other)) && this.world.operators.status(other)?.phase !== 'ended';
      if (isOpen && !isHotfix) laws.breaks('S2: two promotions of one model', `${other} ${epoch}`);
      const since = [...this.epochs].some(([later, of]) => later > other && of !== digest); // another one took its place
      const isAgain = its === digest && !isBack && witness.usurped.size === 0 && !(since && witness.wasLive(other));
      if (isAgain) laws.breaks('S14: a digest is promoted twice', `${other} ${epoch}`);
      if (other >= epoch) laws.breaks('S2: epochs do not rise');
    }
    this.epochs.set(epoch, digest);
  }

  private begins(current: CurrentPromotion, planned: PlannedPromotion, starter: string): void {
    if (current.offer.source !== 'rollback') this.starters.begins(starter, planned);
    this.waysBack.begins(current, planned.plan);
    this.resends.begins(current);
  }

  private tick(): void {
    const { scheduler, peaceMs, wire, regions, engine } = this.world;
    const isPeace = scheduler.nowMs > peaceMs;
    if (isPeace) {
      wire.faultRate = 0;
      for (const region of regions.values()) mend(region);
    }
    for (const epoch of this.epochs.keys()) this.lookAfter(epoch, isPeace);
    for (const region of regions.values()) for (const node of region.nodes) this.world.laws.silent(node);
    this.world.duties.look();
    const line = engine.query(lineId(MODEL), 'line') as LineState | undefined;
    const isFree = line?.current === null && line.beside.length === 0 && line.queue.length === 0;
    const isIdle = this.waiting === 0 && isFree;
    const isOpen = [...engine.runs.values()].some(({ isClosed, id }) => !isClosed && !id.startsWith('line/'));
    if (isIdle && !isOpen && this.again > 0 && this.world.draw.chance(0.2)) this.offerAgain();
    this.isOver = isIdle && !isOpen && this.waiting === 0;
    if (!this.isOver) scheduler.in(TICK_MS, () => this.tick());
  }

  private offerAgain(): void {
    this.again--;
    this.offer(1);
  }

  private lookAfter(epoch: number, isPeace: boolean): void {
    const { operators, draw, scheduler, peaceMs, engine, aside } = this.world;
    this.settleStuck(epoch, isPeace);
    const status = engine.open(promotionId(MODEL, epoch)) && operators.status(epoch);
    if (!status) return;
    const isLate = scheduler.nowMs > peaceMs + PATIENCE_MS;
    if (isLate || (status.phase !== 'stuck' && draw.chance(0.002))) operators.abort(epoch);
    if (status.paused && (isPeace || draw.chance(0.5))) operators.say(epoch, 'resume');
    for (const { gate, open } of status.gates) {
      if (!open && draw.chance(0.1)) operators.forge(epoch);
      if (!open && draw.chance(0.7) && !aside.isSilent)
        operators.approve(epoch, gate, draw.pick<Person>(['ada', 'ben', 'cay']));
    }
    for (const { region, phase } of status.regions) {
      if (phase !== 'held' || !draw.chance(0.4)) continue;
      if (draw.chance(0.6)) operators.say(epoch, 'extendBake', { region });
      else operators.say(epoch, 'retryRegion', { region });
    }
    if (status.waitsFor.includes('the window is over') && draw.chance(0.3)) operators.abort(epoch);
  }

  private settleStuck(epoch: number, isPeace: boolean): void {
    const { engine, operators, draw } = this.world;
    for (const { id } of engine.runs.values()) {
      const [kind, , ofEpoch, region = ''] = id.split('/');
      if (kind !== 'rollout' || Number(ofEpoch) !== epoch || !engine.open(id)) continue;
      const status = engine.query(id, 'rollout') as { readonly phase: string } | undefined;
      if (status?.phase !== 'stuck' || !(isPeace || draw.chance(0.6))) continue;
      operators.settle(epoch, region, draw.chance(0.3) ? 'accept' : 'retry');
    }
  }
}

/** Faults have stopped. */
function mend(region: SimulatedRegion): void {
  region.refuses = 0;
  for (const { traffic } of region.nodes) if (traffic.perSecond < 100) traffic.perSecond = 1_000;
}
