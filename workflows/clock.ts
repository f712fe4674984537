/** The workflow's clock: the time of the current workflow task, the same at replay (the SDK replaces `Date` in its sandbox). */
export function nowMs(): number {
  return Date.now();
}

export function isoNow(): string {
  return isoTime(nowMs());
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** Milliseconds since the epoch of an ISO 8601 time; NaN for anything else. */
export function parseTime(iso: string): number {
  return Date.parse(iso);
}
