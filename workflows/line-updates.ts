import { setHandler } from '@temporalio/workflow';
import type { Roster, Verb, Verified } from '../domain/approval';
import { isDigest, type Digest, type ModelName } from '../domain/ids';
import type { PlannedPromotion } from '../domain/plan';
import { isoNow, nowMs, parseTime } from './clock';
import * as contract from './contract';
import type { Offer, OfferAnswer, PlanRequest, Signed } from './contract';
import type { LineBook } from './line-book';
import { refused, verified } from './statements';

// What a line keeps travels whole when it continues as new: Temporal takes 2 MB. People sign one start in less than 6,000 letters.
const STATEMENT = 8_192;
const FREEZES = 50;

interface Desk {
  offer(offer: Offer): Promise<OfferAnswer>;
  plan(request: PlanRequest): Promise<PlannedPromotion>;
  released(digest: Digest, text: string): void;
}

/** Checks a start or rollback as its starter signed it. @throws ApplicationFailure `Refused` */
export function verifiedStart(model: ModelName, offer: Offer, roster: Roster, usedJtis: readonly string[]): Verified {
  const verb: Verb = offer.source === 'rollback' ? 'rollback' : 'start';
  const bound = { digest: offer.digest, ...(offer.planHash !== undefined && { planHash: offer.planHash }) };
  const expected = { promotion: contract.lineId(model), verb, usedJtis, ...bound };
  return verified(offer.statement ?? '', roster, expected, offer.checkedAtMs); // it may wait for its turn longer than it lasts
}

/** Registers the line's updates: offers and plans, and what operators may do to the lane. */
export function handleLineUpdates(model: ModelName, book: LineBook, desk: Desk): void {
  setHandler(contract.planUpdate, (request) => desk.plan(request));
  setHandler(contract.offerUpdate, takeOffer, { validator: checkOffer });
  on(contract.releaseUpdate, 'release', ({ digest, actor, reason }) => {
    if (!isDigest(digest) || !book.release(digest)) throw refused(`${digest} is not on the deny list of ${model}`);
    desk.released(digest, `released by ${actor}: ${reason}`);
    return `${digest} released by ${actor}: ${reason}; offer it again`;
  });
  on(contract.freezeUpdate, 'freeze', ({ until = '', reason = '', actor }) => {
    if (Number.isNaN(parseTime(until))) throw refused(`until ${until} is no ISO 8601 time`);
    const standing = book.state.freezes.filter((freeze) => parseTime(freeze.until) > nowMs());
    if (standing.length >= FREEZES) throw refused(`${FREEZES} freezes stand already: thaw ${model} first`);
    book.change({ freezes: [...standing, { from: isoNow(), until, reason }] });
    return `frozen until ${until} by ${actor}: ${reason}; rollbacks go on`;
  });
  on(contract.thawUpdate, 'thaw', ({ actor }) => {
    book.change({ freezes: [] });
    return `thawed by ${actor}`;
  });
  on(contract.holdUpdate, 'hold', ({ actor, reason }) => {
    book.change({ held: `${actor}: ${reason}` });
    return `held by ${actor}: nothing starts`;
  });
  on(contract.resumeLineUpdate, 'unhold', ({ actor }) => {
    book.change({ held: null });
    return `hold ended by ${actor}: promotions start again`;
  });

  async function takeOffer(offer: Offer): Promise<OfferAnswer> {
    checkOffer(offer);
    const known = book.known(offer);
    if (known) return known;
    const { roster } = book.state;
    const { checkedAtMs: _ours, ...given } = offer;
    if (offer.source === 'registry' || !roster) return desk.offer(given);
    book.use(verifiedStart(model, given, roster, used()));
    return desk.offer({ ...given, checkedAtMs: nowMs() });
  }

  function checkOffer(offer: Offer): void {
    if (!isDigest(offer.digest)) throw refused(`${offer.digest} is not a sha256 digest`);
    if (offer.source !== 'registry' && !offer.statement)
      throw refused('a start that no registry asks for has to be signed');
    if ((offer.statement?.length ?? 0) > STATEMENT)
      throw refused(`a statement of more than ${STATEMENT} letters is no signed start`);
    if (book.known(offer)) return; // by now its statement is used, by itself
    const { checkedAtMs: _ours, ...given } = offer;
    if (offer.source !== 'registry' && book.state.roster) verifiedStart(model, given, book.state.roster, used());
  }

  function on(update: typeof contract.holdUpdate, verb: Verb, handle: (statement: Verified) => string): void {
    const check = ({ statement }: Signed): Verified => {
      const { roster } = book.state;
      if (!roster) throw refused('the line has not read its roster yet; try again in a moment');
      return verified(statement, roster, { promotion: contract.lineId(model), verb, usedJtis: used() });
    };
    const handler = (signed: Signed): string => {
      const statement = check(signed);
      book.use(statement);
      return handle(statement);
    };
    setHandler(update, handler, { validator: (signed) => void check(signed) });
  }

  function used(): readonly string[] {
    return book.state.usedJtis;
  }
}
