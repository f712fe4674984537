import { setTimeout as pause } from 'node:timers/promises';

const EVERY_MS = 500;

/** Asks until the answer holds or the time is over; an error counts as not yet. @returns the last answer @throws the last error */
export async function patiently<T>(
  ask: () => Promise<T>,
  holds: (answer: T) => boolean,
  forMs: number,
  everyMs = EVERY_MS,
): Promise<T> {
  for (const endMs = performance.now() + forMs; ; await pause(everyMs)) {
    const isLast = performance.now() >= endMs;
    try {
      const answer = await ask();
      if (isLast || holds(answer)) return answer;
    } catch (err) {
      if (isLast) throw err;
    }
  }
}
