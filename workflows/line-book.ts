import type { Roster } from '../domain/approval';
import type { Digest, RegionId } from '../domain/ids';
import type { Freeze } from '../domain/model-policy';
import { isoNow, nowMs, parseTime } from './clock';
import type { CurrentPromotion, Denial, Ended, LineState, Offer, OfferAnswer } from './contract';
import { remember } from './statements';

const EMPTY: LineState = {
  epoch: 0,
  queue: [],
  current: null,
  beside: [],
  live: null,
  denied: {},
  freezes: [],
  held: null,
  history: [],
  usedJtis: [],
  roster: null,
};
const HISTORY = 20;
const QUEUE = 100; // offers that wait; more is a registry gone wild
// The deny list travels whole when the line continues as new (Temporal takes 2 MB): 1,000 denials of 300 letters are less than half of it.
const DENIED = 1_000;
const REASON = 300; // letters; the manifest keeps the whole

/** What a line knows, as one plain value that passes through continue-as-new. Holds the rules of the lane, starts nothing itself. */
export class LineBook {
  constructor(private now: LineState = EMPTY) {}

  get state(): LineState {
    return this.now;
  }
  change(part: Partial<LineState>): void {
    this.now = { ...this.now, ...part };
  }

  /**
   * The answer to an offer that was taken already and comes again under its id, while it waits or its promotion is under way. Whoever
   * loses an answer sends the offer again, the client of Temporal by itself; Temporal knows an update's id within one run only (contract 4).
   */
  known({ id, digest }: Offer): OfferAnswer | undefined {
    const { queue, current, beside } = this.now;
    const isIt = (one: Offer | undefined): boolean => one?.id === id && one.digest === digest;
    const begun = [current, ...beside].find((one) => isIt(one?.offer));
    if (begun) return { kind: 'started', promotion: begun.id, epoch: begun.epoch, planHash: begun.planHash };
    return queue.some(isIt) ? { kind: 'queued', behind: current?.id ?? null, why: 'it waits for its turn' } : undefined;
  }

  /** Answers an offer that needs no promotion of its own; undefined when it was put into the queue. */
  take(offer: Offer): OfferAnswer | undefined {
    const { queue, current, beside, live, denied } = this.now;
    const { digest } = offer;
    if (digest === live && offer.source !== 'rollback') return { kind: 'folded', into: 'live', promotion: null };
    const inFlight = [current, ...beside].find((one) => one?.offer.digest === digest);
    if (inFlight) return { kind: 'folded', into: 'in-flight', promotion: inFlight.id };
    if (queue.some((waiting) => waiting.digest === digest)) return { kind: 'folded', into: 'queued', promotion: null };
    const denial = denied[digest];
    if (denial && offer.source !== 'rollback')
      return { kind: 'denied', why: `${denial.reason.kind}: ${denial.reason.text}` };
    if (offer.source !== 'rollback' && Object.keys(denied).length >= DENIED)
      return {
        kind: 'refused',
        why: `${DENIED} digests are denied already, and none is forgotten: release some first`,
      };
    if (queue.length >= QUEUE) return { kind: 'refused', why: `${QUEUE} offers are waiting already` };
    this.change({ queue: offer.source === 'rollback' ? [offer, ...queue] : [...queue, offer] }); // the way back comes first
    return undefined;
  }

  /** A statement can be used once. */
  use({ jti }: { readonly jti: string }): void {
    const usedJtis = [...this.now.usedJtis];
    remember(usedJtis, jti);
    this.change({ usedJtis });
  }

  drop(offer: Offer): void {
    this.change({ queue: this.now.queue.filter((waiting) => waiting !== offer) });
  }

  /** Epoch + 1, current and the end of the offer's waiting, in one step. */
  begin(current: CurrentPromotion): void {
    this.change({
      epoch: current.epoch,
      current,
      queue: this.now.queue.filter(({ digest }) => digest !== current.offer.digest),
    });
  }

  /** Takes a beginning back: a promotion of that epoch is there already, from a line that was lost. The next takes the epoch after it. */
  unbegin({ id }: CurrentPromotion, offer: Offer): void {
    if (this.now.current?.id === id) this.change({ current: null, queue: [offer, ...this.now.queue] });
  }

  /** A promotion that waits for a person lets a hotfix pass; what is not clean of it stays its own. */
  setAside(current: CurrentPromotion, unclean: readonly RegionId[]): void {
    if (this.now.current !== current) return;
    this.change({ current: null, beside: [...this.now.beside, { ...current, unclean }] });
  }

  /** The regions that promotions set aside have not given back. */
  get unclean(): readonly RegionId[] {
    return this.now.beside.flatMap(({ regions, unclean = regions }) => unclean);
  }

  /** Takes the end of a promotion: only that of the current epoch frees the lane. @returns the promotion that ended, if it was ours */
  end({ epoch, outcome, reason, staleEpoch }: Ended): CurrentPromotion | undefined {
    const { current, beside, history } = this.now;
    const ended = [current, ...beside].find((one) => one?.epoch === epoch);
    if (!ended) return undefined;
    const { digest } = ended.offer;
    this.change({
      current: current === ended ? null : current,
      beside: beside.filter((one) => one !== ended),
      history: [{ digest, epoch, outcome }, ...history].slice(0, HISTORY),
    });
    // An epoch of our own is a hotfix that passed it: its version stays, and nobody puts the older one over it.
    const isStale = staleEpoch !== null && staleEpoch > this.now.epoch;
    if (isStale) this.change({ epoch: staleEpoch });
    if (isLive({ outcome })) this.goesLive(ended);
    else if (isStale && (reason?.kind ?? 'fault') === 'fault') this.change({ queue: [ended.offer, ...this.now.queue] });
    else this.deny(digest, { reason: reason ?? { kind: 'fault', text: outcome }, epoch, at: isoNow() });
    return ended;
  }

  /** What a person rolled back from is denied, or the tag that still names it would bring it back with the next poll. */
  private goesLive({ offer: { digest, source }, epoch, starter }: CurrentPromotion): void {
    const { live: left, history } = this.now;
    if (history.some((one) => one.epoch > epoch && isLive(one))) return; // a hotfix passed it, and serves
    const { [digest]: _servesAgain, ...denied } = this.now.denied;
    this.change({ live: digest, denied });
    if (source !== 'rollback' || left === null || left === digest) return;
    this.deny(left, { reason: { kind: 'aborted', text: `rolled back by ${starter}` }, epoch, at: isoNow() });
  }

  deny(digest: Digest, { reason, ...denial }: Denial): void {
    const kept = { ...reason, text: clipped(reason.text) };
    this.change({ denied: { ...this.now.denied, [digest]: { ...denial, reason: kept } } });
  }

  release(digest: Digest): boolean {
    const { [digest]: released, ...denied } = this.now.denied;
    this.change({ denied });
    return released !== undefined;
  }

  /** Whether the freight was live here within the last versions kept: then a rollback to it needs neither validation nor canary. */
  wasLive(digest: Digest, keepPrevious: number): boolean {
    const live = this.now.history.filter(({ outcome }) => outcome === 'live').map((entry) => entry.digest);
    return [...new Set(live)].slice(0, keepPrevious + 1).includes(digest);
  }

  /** The freeze that stands now, of those a person set and those of the model's file. */
  frozenBy(ofPolicy: readonly Freeze[]): Freeze | undefined {
    const standing = ({ from, until }: Freeze) => parseTime(from) <= nowMs() && !(nowMs() >= parseTime(until));
    return [...this.now.freezes, ...ofPolicy].find(standing);
  }

  /** A lower version than the one kept is refused: somebody took a key back. */
  takeRoster(roster: Roster): boolean {
    if (this.now.roster && roster.version < this.now.roster.version) return false;
    this.change({ roster });
    return true;
  }
}

function isLive({ outcome }: { readonly outcome: string }): boolean {
  return outcome === 'live' || outcome === 'live-partial';
}

function clipped(text: string): string {
  return text.length <= REASON ? text : `${text.slice(0, REASON - 1)}…`;
}
