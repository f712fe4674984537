import type { Digest } from '../../../domain/ids';
import type { Plan } from '../../../domain/plan';
import { lineId, type CurrentPromotion, type LineState, type Offer } from '../../../workflows/contract';
import type { World } from '../world';
import { MODEL } from './freights';
import { START_MS } from './people';

interface Asked {
  readonly atMs: number;
  readonly afterEpoch: number; // the newest that had ended
  readonly wasLive: boolean; // within retention
}

/** People who ask for a version before: it goes ahead of all that wait, and without validation and canary where it was live here. */
export class WaysBack {
  private asks = 0;
  private readonly asked = new Map<string, Asked>(); // by offer
  private readonly epochs = new Map<number, Digest>();
  private readonly left = new Map<number, Digest>(); // by the epoch of a way back: what was live when it began

  constructor(private readonly world: World) {}

  ask(digest: Digest): void {
    const { crowd, operators, scheduler, laws } = this.world;
    const id = `way-back-${++this.asks}-${scheduler.nowMs}`;
    const offer: Offer = { digest, id, source: 'rollback', statement: operators.rollBackTo(digest) };
    crowd.give(offer, () => {
      const history = this.line?.history ?? [];
      const live = history.filter(({ outcome }) => outcome === 'live').map((entry) => entry.digest);
      const wasLive = [...new Set(live)].slice(0, laws.policy.keepPrevious + 1).includes(digest);
      this.asked.set(id, { atMs: scheduler.nowMs, afterEpoch: history[0]?.epoch ?? 0, wasLive });
    });
  }

  /** A promotion begins. */
  begins({ offer, epoch, startedAt }: CurrentPromotion, { fastTrack }: Plan): void {
    const { laws, witness } = this.world;
    const isBack = offer.source === 'rollback';
    const atMs = Date.parse(startedAt) - START_MS;
    const waiting = this.line?.queue.filter(({ id }) => (this.asked.get(id)?.atMs ?? Infinity) < atMs) ?? [];
    if (!isBack && waiting.length > 0 && witness.usurped.size === 0)
      laws.breaks('contract 3: the way back comes first', `${epoch}`);
    if (fastTrack && !(isBack && this.isKept(offer.digest)))
      laws.breaks('contract 3: nothing is skipped but on the way back to what was live', `${epoch}`);
    const asked = this.asked.get(offer.id);
    const isDue = asked?.wasLive === true && this.line?.history[0]?.epoch === asked.afterEpoch;
    if (isBack && isDue && !fastTrack)
      laws.breaks('contract 3: the way back to what was live needs no canary', `${epoch}`);
    if (!isBack && this.wasLeft(offer.digest))
      laws.breaks('contract 4: what a person went back from is denied', `${epoch}`);
    const live = this.line?.live ?? null;
    if (isBack && live !== null && live !== offer.digest) this.left.set(epoch, live);
    this.epochs.set(epoch, offer.digest);
  }

  /** Whether a way back from it went live, and no other way back to it since. */
  private wasLeft(digest: Digest): boolean {
    const wentLive = (epoch: number) => this.world.operators.status(epoch)?.outcome === 'live';
    const from = [...this.left].filter(([epoch, its]) => its === digest && wentLive(epoch)).map(([epoch]) => epoch);
    const again = [...this.epochs].filter(([epoch, its]) => its === digest && wentLive(epoch)).map(([epoch]) => epoch);
    return from.length > 0 && Math.max(...from) > Math.max(0, ...again);
  }

  /** Whether it was committed here, and not so long ago that as many others are kept. */
  private isKept(digest: Digest): boolean {
    const { operators, laws } = this.world;
    const committed = [...this.epochs].filter(([epoch]) => operators.status(epoch)?.committed);
    const last = Math.max(0, ...committed.filter(([, its]) => its === digest).map(([epoch]) => epoch));
    const since = committed.filter(([epoch]) => epoch > last && operators.status(epoch)?.outcome === 'live');
    const others = new Set(since.map(([, its]) => its));
    return last > 0 && (laws.policy.onNewDigest === 'hotfix' || others.size <= laws.policy.keepPrevious);
  }

  private get line(): LineState | undefined {
    return this.world.engine.query(lineId(MODEL), 'line') as LineState | undefined;
  }
}
