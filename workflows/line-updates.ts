import { setHandler } from '@temporalio/workflow';
import type { Roster, Verb, Verified } from '../domain/approval';
import { isDigest, type Digest, type ModelName } from '../domain/ids';
import type { PlannedPromotion } from '../domain/plan';
import { isoNow, parseTime } from './clock';
import * as contract from './contract';
import type { Offer, OfferAnswer, PlanRequest, Signed } from './contract';
import type { LineBook } from './line-book';
import { refused, verified } from './statements';

interface Desk {
  offer(offer: Offer): Promise<OfferAnswer>;
  plan(request: PlanRequest): Promise<PlannedPromotion>;
  released(digest: Digest, text: string): void;
}

/** Checks a start or rollback as its starter signed it. @throws ApplicationFailure `Refused` */
export function verifiedStart(model: ModelName, offer: Offer, roster: Roster, usedJtis: readonly string[]): Verified {
  const verb: Verb = offer.source === 'rollback' ? 'rollback' : 'start';
  const bound = { digest: offer.digest, ...(offer.planHash !== undefined && { planHash: offer.planHash }) };
  return verified(offer.statement ?? '', roster, { promotion: contract.lineId(model), verb, usedJtis, ...bound });
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
    book.change({ freezes: [...book.state.freezes, { from: isoNow(), until, reason }] });
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
    return `resumed by ${actor}`;
  });

  async function takeOffer(offer: Offer): Promise<OfferAnswer> {
    checkOffer(offer);
    const { roster } = book.state;
    if (offer.source !== 'registry' && roster) book.use(verifiedStart(model, offer, roster, used()));
    return desk.offer({ ...offer, checked: roster !== null });
  }

  function checkOffer(offer: Offer): void {
    if (!isDigest(offer.digest)) throw refused(`${offer.digest} is not a sha256 digest`);
    if (offer.source !== 'registry' && !offer.statement)
      throw refused('a start that no registry asks for has to be signed');
    if (offer.source !== 'registry' && book.state.roster) verifiedStart(model, offer, book.state.roster, used());
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
