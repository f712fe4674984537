import type { Dispatcher } from 'undici';
import { Failure } from '../../domain/failures';

const MAX_ERROR_BYTES = 64 * 1024;

/** An answer that is none of those expected, as a failure; its body is read, so that the connection can be used again. */
export async function refusal({ statusCode, headers, body }: Dispatcher.ResponseData, what: string): Promise<Failure> {
  const said = `${what} answered ${statusCode}${await errorText(body)}`;
  if (statusCode === 401 || statusCode === 403)
    return new Failure('AccessDenied', `${said}: check the registry's credentials`);
  if (statusCode === 429) {
    const retryAfterMs = retryAfter(headers['retry-after']);
    return new Failure('Throttled', said, { details: retryAfterMs === undefined ? {} : { retryAfterMs } });
  }
  if (statusCode >= 500 || statusCode === 408) return new Failure('RegistryUnavailable', said);
  return new Failure('Unsupported', `${said}: is this an OCI registry?`);
}

/** What a broken connection means; our own mistakes pass through. */
export function networkFailure(error: unknown, address: string): unknown {
  if (error instanceof Failure) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || code === 'UND_ERR_INVALID_ARG') return error;
  const remedy = 'check that the registry runs, its address, and the network between';
  return new Failure('RegistryUnavailable', `${address} cannot be reached (${code}): ${remedy}`, { cause: error });
}

/** Milliseconds to wait, from seconds or a date (RFC 9110 10.2.3). */
export function retryAfter(header: string | readonly string[] | undefined, nowMs = Date.now()): number | undefined {
  if (typeof header !== 'string') return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

/** The first error of an error document (distribution-spec, error codes); empty where there is none. */
async function errorText(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if ((bytes += chunk.byteLength) > MAX_ERROR_BYTES) break;
    chunks.push(chunk);
  }
  const found = /"code"\s*:\s*"([A-Z_]{1,64})"/.exec(Buffer.concat(chunks).toString('utf8'))?.[1];
  return found === undefined ? '' : ` ${found}`;
}
