import { shortDigest, isDigest } from '../../domain/ids';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `62.1 MiB`. Pure. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

/** `820 ms`, `12.3 s`, `4 min 5 s`, `3 h 12 min`, `2 d 4 h`. Pure. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return pair(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1_440) return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(ms / 3_600_000);
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

/** A count with its thousands apart: `11,612`. Pure. */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `0.73 %`, `12 %`. Pure. */
export function shareText(share: number): string {
  const percent = share * 100;
  return `${percent < 1 ? percent.toPrecision(2) : percent.toFixed(percent < 10 ? 1 : 0)} %`;
}

/** UTC to the second, without the year's noise: `2026-01-31 10:00:12Z`. Pure. */
export function timeText(time: string | number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime())
    ? String(time)
    : date
        .toISOString()
        .replace('T', ' ')
        .replace(/\.\d+Z$/, 'Z');
}

/** UTC to the minute, for tables: `01-31 10:00Z`. Pure. */
export function minuteText(time: string | number): string {
  const text = timeText(time);
  return /Z$/.test(text) ? `${text.slice(5, 16)}Z` : text;
}

/** The first 12 digits of a digest; anything else as it is. Pure. */
export function digestText(digest: string): string {
  return isDigest(digest) ? shortDigest(digest) : digest;
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
