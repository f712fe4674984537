import { parseDigest, type Digest } from '../../../domain/ids';
import type { Offer } from '../../../workflows/contract';
import { LineBook } from '../../../workflows/line-book';

const digestOf = (at: number): Digest => parseDigest(`sha256:${at.toString(16).padStart(64, '0')}`);
const offerOf = (at: number, source: Offer['source'] = 'registry'): Offer => ({
  digest: digestOf(at),
  id: 'x',
  source,
});
const denial = (text: string) => ({ reason: { kind: 'fault' as const, text }, epoch: 2, at: '2026-02-27T08:00:00Z' });
const DENIED = 1_000;

function bookOfDenials(count: number): LineBook {
  const book = new LineBook();
  for (let at = 0; at < count; at++) book.deny(digestOf(at), denial('the disk of eu-north is full'.repeat(100)));
  return book;
}

describe('the deny list of a line', () => {
  it('keeps the beginning of a long reason', () => {
    const { reason, epoch } = bookOfDenials(1).state.denied[digestOf(0)] ?? denial('');
    expect(epoch).toBe(2);
    expect(reason.text).toHaveLength(300);
    expect(reason.text).toMatch(/^the disk of eu-north is full.*…$/);
  });

  it('keeps a short reason as it is', () => {
    const book = new LineBook();
    book.deny(digestOf(0), denial('full'));
    expect(book.state.denied[digestOf(0)]?.reason.text).toBe('full');
  });

  it('forgets nothing when it is full, and takes no new digest but a way back until one is released', () => {
    const book = bookOfDenials(DENIED);
    expect(book.take(offerOf(0))).toMatchObject({ kind: 'denied' });
    const why = '1000 digests are denied already, and none is forgotten: release some first';
    expect(book.take(offerOf(DENIED))).toEqual({ kind: 'refused', why });
    expect(book.take(offerOf(DENIED + 1, 'rollback'))).toBeUndefined();
    book.release(digestOf(0));
    expect(book.take(offerOf(DENIED))).toBeUndefined();
  });

  it('fits into the input of the next run', () => {
    expect(JSON.stringify(bookOfDenials(DENIED).state).length).toBeLessThan(1_000_000); // Temporal takes 2 MB
  });
});

describe('an offer that comes again under its id', () => {
  const begunBy = (offer: Offer) => ({
    ...{ id: 'promotion/fraud/2', epoch: 2, offer, version: 'v2', planHash: 'sha256:1' },
    ...{ starter: 'registry', startedAt: '2026-02-27T08:00:00Z', regions: [] },
  });
  const started = { kind: 'started', promotion: 'promotion/fraud/2', epoch: 2, planHash: 'sha256:1' };

  it('gets its own answer while it waits and while its promotion is under way', () => {
    const book = new LineBook();
    expect(book.known(offerOf(0))).toBeUndefined();
    book.take(offerOf(0));
    expect(book.known(offerOf(0))).toEqual({ kind: 'queued', behind: null, why: 'it waits for its turn' });
    const promotion = begunBy(offerOf(0));
    book.begin(promotion);
    expect(book.known(offerOf(0))).toEqual(started);
    book.setAside(promotion, []);
    expect(book.known(offerOf(0))).toEqual(started);
    book.end({ epoch: 2, outcome: 'rolled-back', reason: null, staleEpoch: null });
    expect(book.known(offerOf(0))).toBeUndefined();
  });

  it('is another offer where its id or its digest is', () => {
    const book = new LineBook();
    book.begin(begunBy(offerOf(0)));
    expect(book.known({ ...offerOf(0), id: 'y' })).toBeUndefined();
    expect(book.known(offerOf(1))).toBeUndefined();
  });
});

describe('the end of a promotion', () => {
  const begun = (at: number, epoch: number, source: Offer['source'] = 'registry') => ({
    ...{ id: `promotion/fraud/${epoch}`, epoch, offer: offerOf(at, source), version: `v${at}`, planHash: 'sha256:1' },
    ...{ starter: source === 'registry' ? 'registry' : 'ada', startedAt: '2026-02-27T08:00:00Z', regions: [] },
  });
  const ended = (epoch: number, kind: 'fault' | 'aborted' | 'breach', staleEpoch: number | null = null) =>
    ({ epoch, outcome: 'rolled-back', reason: { kind, text: 'why' }, staleEpoch }) as const;
  const goesLive = (book: LineBook, at: number, epoch: number, source?: Offer['source']) => {
    book.begin(begun(at, epoch, source));
    book.end({ epoch, outcome: 'live', reason: null, staleEpoch: null });
  };

  it('denies what a person rolled back from: the tag that names it does not bring it back', () => {
    const book = new LineBook();
    goesLive(book, 1, 2);
    goesLive(book, 2, 3);
    goesLive(book, 1, 4, 'rollback');
    expect(book.state.live).toBe(digestOf(1));
    expect(book.take(offerOf(2))).toEqual({ kind: 'denied', why: 'aborted: rolled back by ada' });
    expect(book.take(offerOf(1))).toMatchObject({ kind: 'folded', into: 'live' });
    book.release(digestOf(2));
    expect(book.take(offerOf(2))).toBeUndefined();
  });

  it('denies nothing when a newer version follows an older one, or a rollback brings the same to all regions', () => {
    const book = new LineBook();
    goesLive(book, 1, 2);
    goesLive(book, 2, 3);
    goesLive(book, 2, 4, 'rollback');
    expect(book.state.denied).toEqual({});
  });

  it('tries again after a stale epoch, above it', () => {
    const book = new LineBook();
    book.begin(begun(1, 2));
    book.end(ended(2, 'fault', 9));
    expect(book.state).toMatchObject({ epoch: 9, queue: [{ digest: digestOf(1) }], denied: {} });
  });

  it.each(['aborted', 'breach'] as const)('does not try again what was %s, also after a stale epoch', (kind) => {
    const book = new LineBook();
    book.begin(begun(1, 2));
    book.end(ended(2, kind, 9));
    expect(book.state).toMatchObject({ epoch: 9, queue: [] });
    expect(book.take(offerOf(1))).toMatchObject({ kind: 'denied' });
  });

  it('gives back an epoch whose promotion is another line’s, and the offer waits for the next', () => {
    const book = new LineBook();
    book.take(offerOf(1));
    const current = begun(1, 2);
    book.begin(current);
    book.unbegin(current, offerOf(1));
    expect(book.state).toMatchObject({ epoch: 2, current: null, queue: [{ digest: digestOf(1) }] });
  });

  it('leaves what serves alone when one that a hotfix passed ends live after it', () => {
    const book = new LineBook();
    goesLive(book, 1, 2);
    goesLive(book, 2, 3);
    const wayBack = begun(1, 4, 'rollback');
    book.begin(wayBack);
    book.setAside(wayBack, []);
    goesLive(book, 3, 5);
    book.end({ epoch: 4, outcome: 'live-partial', reason: null, staleEpoch: null });
    expect(book.state).toMatchObject({ live: digestOf(3), denied: {} });
  });

  it('takes off the deny list what serves again', () => {
    const book = new LineBook();
    goesLive(book, 1, 2);
    goesLive(book, 2, 3);
    goesLive(book, 1, 4, 'rollback');
    goesLive(book, 2, 5, 'rollback');
    expect(Object.keys(book.state.denied)).toEqual([digestOf(1)]);
  });
});
