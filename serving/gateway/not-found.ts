import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { SMALL_BYTES } from './body';

/**
 * What a 404 of a runtime means: it lacks the version, which the route says it has; the caller asked for something of its own that
 * is not there, which is no error of a version (contract 5); or only its text tells.
 */
export type NotFound = 'version' | 'request' | 'as-it-says';

/**
 * Whether the text of a 404 is about the model: 'The model `m` does not exist.' of vLLM, 'model "m" not found' of Ollama, 'Model m not
 * found' of MLServer. That of a path or a resource is not: 'Not Found', '404 page not found', 'Response with id ... not found.'. Pure.
 * @param encoding of the body, as `content-encoding` says; empty: none
 */
export function lacksVersion(body: Buffer, encoding: string): boolean {
  const text = decoded(body, encoding);
  return text !== undefined && /model/i.test(text.toString('latin1'));
}

const DECODERS = new Map([
  ...(['gzip', 'x-gzip'] as const).map((name) => [name, gunzipSync] as const),
  ['deflate', inflateSync],
  ['br', brotliDecompressSync],
]);

/** Undefined: it cannot be read, or is longer than any refusal. */
function decoded(body: Buffer, encoding: string): Buffer | undefined {
  if (encoding === '' || encoding === 'identity') return body;
  try {
    return DECODERS.get(encoding)?.(body, { maxOutputLength: SMALL_BYTES });
  } catch {
    return undefined;
  }
}
