/** The most that an event's detail may weigh, in bytes of JSON (ports/manifest.ts). */
export const MAX_DETAIL_BYTES = 4096;

// PostgreSQL stores neither NUL nor half a surrogate pair (manual, 8.14.1 and 24.3); both come in messages of other systems.
const UNSTORABLE = /[\0\p{Surrogate}]/gu;

/** The text with what PostgreSQL cannot store replaced by U+FFFD. Pure. */
export function fittingText(text: string): string {
  return text.replace(UNSTORABLE, '\ufffd');
}

/** The detail as it is kept: storable, and where it weighs too much, only a note of how much it weighed. Pure. */
export function fittingDetail(detail: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const json = JSON.stringify(detail, (_key, value: unknown) =>
    typeof value === 'string' ? fittingText(value) : value,
  );
  const bytes = new TextEncoder().encode(json).length;
  return bytes > MAX_DETAIL_BYTES ? { omittedBytes: bytes } : (JSON.parse(json) as Record<string, unknown>);
}
