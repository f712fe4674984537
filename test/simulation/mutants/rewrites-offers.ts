import type { Rewrites } from './rewrites';

const line = (rule: string, from: string, to: string) => ({ rule, rewrite: { under: 'workflows', from, to } });

/** Contract 3 and 4: offers that come again, and the way back. */
export const OFFER_REWRITES: Rewrites = {
  'an offer that comes again and is taken for a new one': line(
    'contract 4: an offer that comes again gets its own answer',
    'if (known) return known;',
    '',
  ),
  'an offer that comes again and is refused, for its statement is used': line(
    'contract 4: an offer that comes again gets its own answer',
    'if (book.known(offer)) return;',
    '',
  ),
  'a line that loses an epoch': line(
    'contract 4: epoch + 1 with the start of the promotion',
    'epoch: current.epoch,\n      current,',
    'current,',
  ),
  'a way back that waits like all others': line(
    'contract 3: rollback',
    "queue: offer.source === 'rollback' ? [offer, ...queue] : [...queue, offer]",
    'queue: [...queue, offer]',
  ),
  'a way back to what was never live that skips validation': line(
    'contract 3: skipped if that freight was live here',
    "offer.source === 'rollback' && book.wasLive(offer.digest, rules.now?.keepPrevious ?? 0)",
    "offer.source === 'rollback'",
  ),
  'a way forward that skips validation': line(
    'contract 3: skipped on a rollback',
    "offer.source === 'rollback' && book.wasLive(offer.digest, rules.now?.keepPrevious ?? 0)",
    'book.wasLive(offer.digest, rules.now?.keepPrevious ?? 0)',
  ),
  'a way back through every canary': line(
    'contract 3: skipped if that freight was live here',
    "offer.source === 'rollback' && book.wasLive(offer.digest, rules.now?.keepPrevious ?? 0)",
    'false',
  ),
  'a way back to what was live long ago': line(
    'contract 3: live within retention',
    '[...new Set(live)].slice(0, keepPrevious + 1).includes(digest)',
    'live.includes(digest)',
  ),
};
