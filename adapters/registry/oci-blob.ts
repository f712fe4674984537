import type { Dispatcher } from 'undici';
import { Failure } from '../../domain/failures';
import type { ByteRange } from '../../ports/object-store';

export interface Expected {
  readonly what: string; // digest and address, for messages
  readonly range: ByteRange | undefined;
  readonly signal: AbortSignal;
}

/**
 * The bytes that were asked for, from an answer that may be a range (206) or the whole (200: what comes before is read and dropped).
 * @throws `RegistryUnavailable` (retried) when it ends early, `DigestMismatch` (final) when the blob is shorter than the range
 */
export async function* blobBytes(
  response: Dispatcher.ResponseData,
  { what, range, signal }: Expected,
): AsyncIterable<Uint8Array> {
  const { body, headers, statusCode } = response;
  refuseEncoded(headers['content-encoding'], what);
  const length = lengthOf(headers['content-length']);
  let skip = range && statusCode === 200 ? range.from : 0;
  let wanted = range?.bytes ?? length;
  if (range && statusCode === 200 && length !== undefined && length < range.from + range.bytes) {
    body.on('error', () => undefined).destroy(); // nobody else waits for it
    throw new Failure('DigestMismatch', `${what} has ${length} bytes, not ${range.from + range.bytes}`);
  }
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      const rest = chunk.subarray(skip);
      skip = Math.max(0, skip - chunk.byteLength);
      const passed = wanted === undefined ? rest : rest.subarray(0, wanted);
      if (wanted !== undefined) wanted -= passed.byteLength;
      if (passed.byteLength > 0) yield passed;
      if (wanted === 0 && range) return;
    }
  } catch (error) {
    signal.throwIfAborted();
    const { code = 'broken' } = error as NodeJS.ErrnoException;
    throw new Failure('RegistryUnavailable', `${what} broke off (${code})`, { cause: error });
  }
  if (wanted !== undefined && wanted > 0)
    throw new Failure('RegistryUnavailable', `${what} ended ${wanted} bytes early`);
}

/** Bytes that were encoded on the way are not those that the digest names. */
function refuseEncoded(encoding: string | readonly string[] | undefined, what: string): void {
  if (encoding === undefined || encoding === 'identity') return;
  throw new Failure('Unsupported', `${what} came with content-encoding ${String(encoding)}: turn it off for blobs`);
}

function lengthOf(header: string | readonly string[] | undefined): number | undefined {
  const bytes = typeof header === 'string' ? Number(header) : Number.NaN;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
