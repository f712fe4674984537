import fc from 'fast-check';
import { fromBase64url, toBase64url } from '../../../domain/base64url';

describe('base64url', () => {
  it('writes what Node writes, and reads it back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64url');
        expect(toBase64url(bytes)).toBe(text);
        expect(fromBase64url(text)).toEqual(Uint8Array.from(bytes));
      }),
    );
  });

  it.each([
    ['padding', 'YQ=='],
    ['stray bits in the last letter', 'YR'],
    ['stray bits of a longer tail', 'YWJ'],
    ['a lone letter', 'Y'],
    ['letters of plain base64', 'ab+/'],
    ['white space', 'YWJj\n'],
    ['other letters', 'ä234'],
  ])('refuses %s', (_, text) => {
    expect(fromBase64url(text)).toBeUndefined();
  });
});
