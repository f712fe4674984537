import type { Dispatcher } from 'undici';
import { Failure } from '../../domain/failures';
import type { BlobSource } from '../../ports/registry';
import { provedBlob } from './names';
import type { OciHttp } from './oci-http';

/** Up to this size a blob goes in one request; above, in chunks of it: what proxies before registries commonly let pass. */
export const CHUNK_BYTES = 64 * 1024 * 1024;

export interface BlobPush {
  readonly http: OciHttp;
  readonly repository: string;
  readonly blob: BlobSource;
  readonly chunkBytes: number;
  readonly signal: AbortSignal;
}

/** Pushes a blob unless the registry has it (distribution-spec, pushing blobs). @throws `DigestMismatch` (final) */
export async function pushBlob(push: BlobPush): Promise<void> {
  const { http, repository, blob, signal } = push;
  const access = 'pull,push';
  const url = `/v2/${repository}/blobs/${blob.digest}`;
  const found = await http.call({ method: 'HEAD', url, repository, access, answers: [200, 404], signal });
  await found.body.dump();
  if (found.statusCode === 200) return;
  const uploads = `/v2/${repository}/blobs/uploads/`;
  const headers = { 'content-length': '0' };
  const started = await http.call({
    method: 'POST',
    url: uploads,
    repository,
    access,
    headers,
    answers: [202],
    signal,
  });
  const location = await nextLocation(started, uploads, http);
  if (blob.bytes <= push.chunkBytes) await pushWhole(push, location);
  else await pushChunks(push, location);
}

async function pushWhole({ http, repository, blob, signal }: BlobPush, location: string): Promise<void> {
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(blob.bytes) };
  const chunks: Uint8Array[] = [];
  // The source is proved before a byte is sent: a registry may answer a wrong digest in many ways.
  for await (const chunk of provedBlob(blob.open(), blob)) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const url = withDigest(location, blob, http);
  const done = await http.call({
    method: 'PUT',
    url,
    repository,
    access: 'pull,push',
    headers,
    body,
    answers: [201],
    signal,
  });
  await done.body.dump();
}

async function pushChunks({ http, repository, blob, chunkBytes, signal }: BlobPush, first: string): Promise<void> {
  let location = first;
  let from = 0;
  const call = { repository, access: 'pull,push', signal } as const;
  for await (const body of sized(provedBlob(blob.open(), blob), chunkBytes)) {
    const headers = {
      'content-type': 'application/octet-stream',
      'content-length': String(body.byteLength),
      'content-range': `${from}-${from + body.byteLength - 1}`,
    };
    const sent = await http.call({ ...call, method: 'PATCH', url: location, headers, body, answers: [202] });
    location = await nextLocation(sent, location, http);
    from += body.byteLength;
  }
  const headers = { 'content-length': '0' };
  const url = withDigest(location, blob, http);
  const done = await http.call({ ...call, method: 'PUT', url, headers, answers: [201] });
  await done.body.dump();
}

async function* sized(chunks: AsyncIterable<Uint8Array>, bytes: number): AsyncIterable<Uint8Array> {
  let pending: Uint8Array[] = [];
  let held = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength;) {
      const taken = chunk.subarray(at, at + bytes - held);
      pending.push(taken);
      held += taken.byteLength;
      at += taken.byteLength;
      if (held < bytes) continue;
      yield Buffer.concat(pending);
      [pending, held] = [[], 0];
    }
  }
  if (held > 0) yield Buffer.concat(pending);
}

async function nextLocation(
  { headers, body }: Dispatcher.ResponseData,
  before: string,
  http: OciHttp,
): Promise<string> {
  await body.dump();
  const { location } = headers;
  if (typeof location === 'string') return new URL(location, new URL(before, http.address)).href;
  throw new Failure(
    'Unsupported',
    `${http.address} does not say where to go on with an upload: is this an OCI registry?`,
  );
}

function withDigest(location: string, { digest }: BlobSource, http: OciHttp): string {
  const url = new URL(location, http.address);
  url.searchParams.set('digest', digest);
  return url.href;
}
