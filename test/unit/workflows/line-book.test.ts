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
