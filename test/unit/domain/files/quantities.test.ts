import { nearest } from '../../../../domain/files/nearest';
import { instantMs, parseDuration, parseSize } from '../../../../domain/files/quantities';

describe('quantities in files', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['4h', 14_400_000],
    ['1d', 86_400_000],
  ])('read the duration %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    ['512MiB', 536_870_912],
    ['32GiB', 34_359_738_368],
    ['2TB', 2e12],
    ['7B', 7],
  ])('read the size %s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(['', '5', '5 m', '-5m', '1.5h', '5min', 'm', '1e3s', 5, null])('read no quantity in %p', (text) => {
    expect(parseDuration(text)).toBeUndefined();
    expect(parseSize(text)).toBeUndefined();
  });

  it.each([
    '1970-01-01T00:00:00Z',
    '2026-12-24T18:00:00+01:00',
    '2024-02-29T23:59:59-08:00',
    '2000-03-01T00:00+05:30',
    '1999-12-31T12:30:15.25Z',
  ])('read the instant %s as Date does, to the second', (iso) => {
    expect(instantMs(iso)).toBe(Math.floor(Date.parse(iso) / 1000) * 1000);
  });

  it('read no instant without an offset', () => {
    expect(instantMs('2026-12-24T18:00:00')).toBeNaN();
  });
});

describe('the nearest known word', () => {
  const known = ['jurisdiction', 'timeZone', 'store', 'cache', 'gpu', 'id'];

  it.each([
    ['juristiction', 'jurisdiction'],
    ['timezone', 'timeZone'],
    ['stroe', 'store'],
    ['gpus', 'gpu'],
    ['colour', undefined],
    ['x', undefined],
  ])('to %s is %s', (word, meant) => {
    expect(nearest(word, known)).toBe(meant);
  });
});
