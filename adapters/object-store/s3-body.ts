import type http from 'node:http';
import { Failure } from '../../domain/failures';
import type { ObjectHead } from '../../ports/object-store';

export interface Expected {
  readonly what: string; // key and address, for messages
  readonly bytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** A body's bytes as they arrive. @throws `StoreUnavailable` when it ends early or nothing arrives any more */
export async function* chunksOf(response: http.IncomingMessage, expected: Expected): AsyncIterable<Uint8Array> {
  const { what, bytes, signal } = expected;
  let arrived = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      arrived += chunk.byteLength;
      yield chunk;
    }
  } catch (error) {
    signal?.throwIfAborted();
    const why = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new Failure('StoreUnavailable', `${what} broke off after ${arrived} of ${bytes} bytes (${why})`, {
      cause: error,
    });
  }
  if (arrived !== bytes) throw new Failure('StoreUnavailable', `${what} ended after ${arrived} of ${bytes} bytes`);
}

/** A small body whole, so that its connection can be used again. */
export async function drained(response: http.IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export function headOf(key: string, response: http.IncomingMessage): ObjectHead {
  return { key, bytes: contentLength(response), etag: etagOf(response) };
}

export function contentLength(response: http.IncomingMessage): number {
  const bytes = Number(response.headers['content-length'] ?? Number.NaN);
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new Failure('Unsupported', 'an answer without content-length: is this an S3 server?');
}

export function etagOf(response: http.IncomingMessage): string {
  return unquoted(response.headers.etag ?? '');
}

export function unquoted(etag: string): string {
  return etag.replace(/^"|"$/g, '');
}
