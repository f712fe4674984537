import { createHash } from 'node:crypto';
import { Failure } from '../../domain/failures';
import { MAX_MANIFEST_BYTES } from '../../domain/freight';
import type { Digest } from '../../domain/ids';

const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/; // OCI distribution-spec, name
const MAX_REPOSITORY_LENGTH = 255;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/; // OCI distribution-spec, tag

/** Refuses what could leave its place in a URL or a path. @throws TypeError */
export function checkRepository(repository: string): string {
  if (repository.length <= MAX_REPOSITORY_LENGTH && REPOSITORY.test(repository)) return repository;
  throw new TypeError(
    `not a repository name: ${JSON.stringify(repository)} (lowercase words between \`/\`, e.g. models/fraud)`,
  );
}

/** @throws TypeError */
export function checkTag(tag: string): string {
  if (TAG.test(tag)) return tag;
  throw new TypeError(`not a tag: ${JSON.stringify(tag)} (letters, digits, \`.\`, \`_\`, \`-\`; at most 128)`);
}

export function sha256(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;
}

/** A manifest's bytes, proved. @throws `InvalidFreight` over 4 MiB, `DigestMismatch` (final) */
export function provedManifest(body: Uint8Array, digest: Digest, address: string): Uint8Array {
  if (body.byteLength > MAX_MANIFEST_BYTES) throw tooLarge(digest, body.byteLength);
  const lies = sha256(body);
  if (lies !== digest) throw new Failure('DigestMismatch', `the manifest ${digest} in ${address} is ${lies}`);
  return body;
}

export function tooLarge(what: string, bytes: number): Failure {
  const problem = `the manifest has ${bytes} bytes or more; the most is ${MAX_MANIFEST_BYTES}`;
  return new Failure('InvalidFreight', `${what} is no freight: ${problem}`, { details: { problems: [problem] } });
}

/** The media type that a manifest states of itself; empty where it states none. */
export function statedMediaType(body: Uint8Array): string {
  try {
    const { mediaType } = JSON.parse(Buffer.from(body).toString('utf8')) as { mediaType?: unknown };
    return typeof mediaType === 'string' ? mediaType : '';
  } catch {
    return '';
  }
}

/** Passes a blob on and proves it at its end. @throws `DigestMismatch` (final) */
export async function* provedBlob(
  chunks: AsyncIterable<Uint8Array>,
  { digest, bytes }: { digest: Digest; bytes: number },
) {
  const hash = createHash('sha256');
  let arrived = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    arrived += chunk.byteLength;
    yield chunk;
  }
  const lies = `sha256:${hash.digest('hex')}`;
  if (arrived !== bytes || lies !== digest) {
    throw new Failure('DigestMismatch', `the blob to push is ${lies} of ${arrived} bytes, not ${digest} of ${bytes}`);
  }
}
