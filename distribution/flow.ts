import { Failure, type FailureType } from '../domain/failures';

/** A transfer from which no byte came for so long is stalled; never a limit on the whole. */
export const STALL_MS = 30_000;

export interface Flow {
  readonly what: string; // what flows from where, for messages
  readonly signal: AbortSignal;
  readonly stallMs?: number; // default 30 s
  readonly failure?: FailureType; // what a stall is; default `StoreUnavailable`
  readonly onBytes?: ((bytes: number) => void) | undefined; // of each chunk, as it comes
}

/**
 * Passes a stream on, and ends it when nothing comes for `stallMs` or the signal is aborted, even when the source heeds neither.
 * `open` gets a signal that is aborted when the stream is given up.
 */
export async function* flowing(
  open: (signal: AbortSignal) => AsyncIterable<Uint8Array>,
  { what, signal, stallMs = STALL_MS, failure = 'StoreUnavailable', onBytes }: Flow,
): AsyncGenerator<Uint8Array> {
  signal.throwIfAborted();
  const source = new AbortController();
  let giveUp: (why: unknown) => void = () => undefined;
  const given = new Promise<never>((_, reject) => (giveUp = reject));
  given.catch(() => undefined); // whoever waits hears of it; nobody may be waiting
  const onAbort = () => giveUp(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const chunks = open(source.signal)[Symbol.asyncIterator]();
    for (;;) {
      const stall = setTimeout(() => giveUp(new Failure(failure, `no byte of ${what} for ${stallMs} ms`)), stallMs);
      const next = await Promise.race([chunks.next(), given]).finally(() => clearTimeout(stall));
      if (next.done) return;
      onBytes?.(next.value.byteLength);
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    source.abort();
  }
}

/** One part whole, in one buffer. @throws `StoreUnavailable` (retried) when the stream is not as long as the part */
export async function gather(chunks: AsyncIterable<Uint8Array>, bytes: number, what: string): Promise<Uint8Array> {
  const body = new Uint8Array(bytes);
  let at = 0;
  for await (const chunk of chunks) {
    if (at + chunk.byteLength > bytes) throw new Failure('StoreUnavailable', `${what} is longer than ${bytes} bytes`);
    body.set(chunk, at);
    at += chunk.byteLength;
  }
  if (at < bytes) throw new Failure('StoreUnavailable', `${what} ended after ${at} of ${bytes} bytes`);
  return body;
}

/** Cuts a stream into buffers of the given lengths. @throws `StoreUnavailable` (retried) when it ends before them */
export async function* cut(chunks: AsyncIterable<Uint8Array>, lengths: readonly number[], what: string) {
  const pending = [...lengths];
  let body = new Uint8Array(pending.shift() ?? 0);
  let at = 0;
  for await (const chunk of chunks) {
    for (let used = 0; used < chunk.byteLength;) {
      const taken = chunk.subarray(used, used + body.byteLength - at);
      if (taken.byteLength === 0) throw new Failure('StoreUnavailable', `${what} is longer than it should be`);
      body.set(taken, at);
      used += taken.byteLength;
      at += taken.byteLength;
      if (at < body.byteLength) continue;
      yield body;
      body = new Uint8Array(pending.shift() ?? 0);
      at = 0;
    }
  }
  if (body.byteLength > 0) throw new Failure('StoreUnavailable', `${what} ended early`);
}
