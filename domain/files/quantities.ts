import { z } from 'zod';
import { NAME } from '../ids';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const UNIT_BYTES = {
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
};
const DURATION = /^(\d{1,9})(ms|s|m|h|d)$/;
const SIZE = /^(\d{1,9})(B|[KMGT]iB|[KMGT]B)$/;

/** `30s` as milliseconds; undefined for what is no duration. Pure. */
export function parseDuration(text: unknown): number | undefined {
  const [, digits, unit] = (typeof text === 'string' && DURATION.exec(text)) || [];
  return unit === undefined ? undefined : Number(digits) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

/** `32GiB` as bytes; undefined for what is no size. Pure. */
export function parseSize(text: unknown): number | undefined {
  const [, digits, unit] = (typeof text === 'string' && SIZE.exec(text)) || [];
  return unit === undefined ? undefined : Number(digits) * UNIT_BYTES[unit as keyof typeof UNIT_BYTES];
}

/** A duration within bounds, e.g. `duration('100ms', '4s')`; parsed to milliseconds. */
export function duration(least: string, most: string) {
  const error = `a duration from ${least} to ${most}, such as 500ms, 30s, 5m, 4h or 1d`;
  const [low = 0, high = 0] = [parseDuration(least), parseDuration(most)];
  const isWithin = (text: string): boolean => {
    const ms = parseDuration(text);
    return ms === undefined || (ms >= low && ms <= high); // what is no duration was reported by its form
  };
  const form = z.string({ error }).regex(DURATION, { error }).refine(isWithin, { error });
  return form.transform((text) => parseDuration(text) ?? NaN);
}

const SIZE_FORM = 'a size such as 512MiB, 32GiB or 2TB';
/** A size, parsed to bytes. */
export const size = z
  .string({ error: SIZE_FORM })
  .regex(SIZE, { error: SIZE_FORM })
  .transform((text) => parseSize(text) ?? NaN);

const NAME_FORM = "a name of 1 to 63 lowercase letters, digits and '-'";
/** The name of a region, model or node. */
export const name = z.string({ error: NAME_FORM }).regex(NAME, { error: NAME_FORM });

/** A whole number within bounds. */
export function whole(least: number, most: number) {
  const error = `a whole number from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

/** A number within bounds, both included. */
export function decimal(least: number, most: number) {
  const error = `a number from ${least} to ${most}`;
  return z.number({ error }).min(least, { error }).max(most, { error });
}

export const text = z.string().min(1, { error: 'text that is not empty' });

const URL_FORM = 'an http or https URL without user name and password: those come from the environment or files';
/** A URL of a server. Secrets never stand in a file (contract 9). */
export const url = z
  .url({ protocol: /^https?$/, error: URL_FORM })
  .refine((value) => !/\/\/[^/?#]*@/.test(value), { error: URL_FORM });

const INSTANT_FORM = 'a time with offset, such as 2026-12-24T18:00:00+01:00';
/** ISO 8601 with offset. */
export const instant = z.iso.datetime({ offset: true, error: INSTANT_FORM });

/** Milliseconds of ISO 8601 with offset since 1970; NaN for anything else. Pure: `Date` is no part of the domain. */
export function instantMs(iso: unknown): number {
  const form = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(?:Z|([+-])(\d\d):(\d\d))$/;
  const match = typeof iso === 'string' ? form.exec(iso) : null;
  if (!match) return NaN;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const offset = (match[7] === '-' ? -1 : 1) * (Number(match[8] ?? 0) * 60 + Number(match[9] ?? 0));
  return ((dayNumber(year, month, day) * 24 + hour) * 60 + minute - offset) * 60_000 + second * 1_000;
}

/** Days since 1970-01-01 in the Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms", days_from_civil). */
function dayNumber(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const ofEra = shifted - era * 400;
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468;
}
