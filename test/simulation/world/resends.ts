import {
  lineId,
  type CurrentPromotion,
  type LineState,
  type Offer,
  type OfferAnswer,
} from '../../../workflows/contract';
import type { World } from '../world';
import { MODEL } from './freights';

/** A client that lost the line's answer sends its offer again: it gets its own answer, and never a promotion more. */
export class Resends {
  private readonly begun = new Map<string, number>(); // by offer: its epoch

  constructor(private readonly world: World) {}

  /** Sends it once more. */
  again(offer: Offer): void {
    const { engine } = this.world;
    let due: OfferAnswer | undefined; // undefined too where the run that took it answers by itself
    const arrives = () => void (due = this.dueTo(offer));
    const sent = engine.update(lineId(MODEL), 'offer', offer, `${offer.digest}/${offer.id}`, arrives);
    const refused = () => {
      if (this.dueTo(offer)) this.breaks(offer, 'refused');
    };
    sent.then((answer) => this.compare(offer, due, answer as OfferAnswer), refused);
  }

  /** A promotion begins; one that met a newer epoch is begun again. */
  begins({ offer, epoch }: CurrentPromotion): void {
    const before = this.begun.get(offer.id);
    this.begun.set(offer.id, epoch);
    if (before !== undefined && this.world.witness.usurped.size === 0) this.breaks(offer, `${before} ${epoch}`);
  }

  private dueTo({ id }: Offer): OfferAnswer | undefined {
    const line = this.world.engine.query(lineId(MODEL), 'line') as LineState | undefined;
    if (!line) return undefined;
    const its = [line.current, ...line.beside].find((one) => one?.offer.id === id);
    if (its) return { kind: 'started', promotion: its.id, epoch: its.epoch, planHash: its.planHash };
    return line.queue.some((one) => one.id === id) ? { kind: 'queued', behind: null, why: '' } : undefined;
  }

  private compare(offer: Offer, due: OfferAnswer | undefined, answer: OfferAnswer): void {
    if (due === undefined) return;
    const isSame = due.kind !== 'started' || (answer.kind === 'started' && answer.promotion === due.promotion);
    if (answer.kind !== due.kind || !isSame) this.breaks(offer, JSON.stringify([due, answer]));
  }

  private breaks({ id }: Offer, how: string): void {
    this.world.laws.breaks('contract 4: an offer that comes again gets its own answer', `${id} ${how}`);
  }
}
