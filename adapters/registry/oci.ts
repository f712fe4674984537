import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { Failure } from '../../domain/failures';
import { MAX_MANIFEST_BYTES, MEDIA_TYPES } from '../../domain/freight';
import { isDigest, type Digest } from '../../domain/ids';
import type { ByteRange } from '../../ports/object-store';
import type { BlobSource, Registry, RegistryManifest } from '../../ports/registry';
import { checkRepository, checkTag, provedManifest, sha256, statedMediaType, tooLarge } from './names';
import { blobBytes } from './oci-blob';
import { OciHttp, type OciConnection } from './oci-http';
import { CHUNK_BYTES, pushBlob } from './oci-push';

const ACCEPT = [
  MEDIA_TYPES.manifest,
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.artifact.manifest.v1+json',
].join(', ');
const TAGS_PAGE = 1000;
const MAX_TAG_PAGES = 1000; // a registry whose pages never end is broken

const tagsSchema = z.looseObject({ tags: z.array(z.string()).nullable().optional() });

/** An OCI registry over HTTP (distribution-spec 1.1). */
export class OciRegistry implements Registry {
  readonly address: string;
  private readonly http: OciHttp;
  private readonly chunkBytes: number;

  /** @param connection `chunkBytes`: blobs above it are pushed in chunks of it; default 64 MiB */
  constructor(connection: OciConnection & { readonly chunkBytes?: number }) {
    this.http = new OciHttp(connection);
    this.address = this.http.address;
    this.chunkBytes = connection.chunkBytes ?? CHUNK_BYTES;
  }

  /** Closes idle connections. */
  async close(): Promise<void> {
    await this.http.close();
  }

  async resolve(repository: string, tag: string, signal?: AbortSignal): Promise<Digest | undefined> {
    const head = await this.getManifest('HEAD', repository, checkTag(tag), signal);
    await head.body.dump();
    if (head.statusCode === 404) return undefined;
    const said = head.headers['docker-content-digest'];
    if (head.statusCode === 200 && typeof said === 'string' && isDigest(said)) return said;
    const whole = await this.getManifest('GET', repository, tag, signal);
    if (whole.statusCode === 404) return undefined;
    return sha256(await this.manifestBody(whole, `${repository}:${tag}`, signal));
  }

  async tags(repository: string, signal?: AbortSignal): Promise<readonly string[]> {
    const tags: string[] = [];
    let url: string | undefined = `/v2/${checkRepository(repository)}/tags/list?n=${TAGS_PAGE}`;
    for (let page = 0; url !== undefined && page < MAX_TAG_PAGES; page++) {
      const call = { method: 'GET', url, repository, access: 'pull', answers: [200, 404], signal } as const;
      const response = await this.http.call(call);
      const text = await response.body.text();
      if (response.statusCode === 404) return [];
      tags.push(...readTags(text, this.address));
      url = nextPage(response.headers.link, url, this.address);
    }
    return tags;
  }

  async manifest(repository: string, digest: Digest, signal?: AbortSignal): Promise<RegistryManifest> {
    const response = await this.getManifest('GET', repository, digest, signal);
    if (response.statusCode === 404) {
      await response.body.dump();
      throw new Failure('FreightNotFound', `${this.address}/${repository} has no manifest ${digest}`);
    }
    const body = provedManifest(
      await this.manifestBody(response, digest, signal),
      digest,
      `${this.address}/${repository}`,
    );
    const type = response.headers['content-type'];
    return { digest, mediaType: statedMediaType(body) || (typeof type === 'string' ? type : ''), body };
  }

  async *blob(repository: string, digest: Digest, signal: AbortSignal, range?: ByteRange): AsyncIterable<Uint8Array> {
    const response = await this.http.call({
      method: 'GET',
      url: `/v2/${checkRepository(repository)}/blobs/${digest}`,
      repository,
      access: 'pull',
      headers: {
        'accept-encoding': 'identity',
        ...(range ? { range: `bytes=${range.from}-${range.from + range.bytes - 1}` } : {}),
      },
      answers: [200, 206, 404, 416],
      signal,
    });
    const what = `${digest} of ${this.address}/${repository}`;
    if (response.statusCode === 404 || response.statusCode === 416) {
      await response.body.dump();
      if (response.statusCode === 404)
        throw new Failure('FreightNotFound', `${this.address}/${repository} has no blob ${digest}`);
      throw new Failure('DigestMismatch', `${what} ends before byte ${range?.from ?? 0}`);
    }
    yield* blobBytes(response, { what, range, signal });
  }

  async pushBlob(repository: string, blob: BlobSource, signal: AbortSignal): Promise<void> {
    const { http, chunkBytes } = this;
    await pushBlob({ http, repository: checkRepository(repository), blob, chunkBytes, signal });
  }

  async pushManifest(repository: string, tag: string, mediaType: string, body: Uint8Array): Promise<Digest> {
    const url = `/v2/${checkRepository(repository)}/manifests/${checkTag(tag)}`;
    const headers = { 'content-type': mediaType };
    const call = { method: 'PUT', url, repository, access: 'pull,push', headers, body, answers: [201] } as const;
    const response = await this.http.call(call);
    await response.body.dump();
    const digest = sha256(body);
    const kept = response.headers['docker-content-digest'] ?? digest;
    if (kept === digest) return digest;
    throw new Failure('DigestMismatch', `${this.address} keeps ${repository}:${tag} as ${String(kept)}, not ${digest}`);
  }

  private getManifest(method: 'GET' | 'HEAD', repository: string, reference: string, signal?: AbortSignal) {
    const url = `/v2/${checkRepository(repository)}/manifests/${reference}`;
    const answers = method === 'HEAD' ? [200, 404, 405] : [200, 404];
    return this.http.call({ method, url, repository, access: 'pull', headers: { accept: ACCEPT }, answers, signal });
  }

  private async manifestBody(
    response: Dispatcher.ResponseData,
    what: string,
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    const never = new AbortController().signal;
    for await (const chunk of blobBytes(response, { what, range: undefined, signal: signal ?? never })) {
      bytes += chunk.byteLength;
      if (bytes > MAX_MANIFEST_BYTES) throw tooLarge(what, bytes);
      chunks.push(chunk);
    }
    return new Uint8Array(Buffer.concat(chunks));
  }
}

function readTags(text: string, address: string): readonly string[] {
  try {
    return tagsSchema.parse(JSON.parse(text)).tags ?? [];
  } catch (cause) {
    throw new Failure('Unsupported', `${address} lists its tags in a way we do not know: is this an OCI registry?`, {
      cause,
    });
  }
}

/** Where the next page is (RFC 8288 `Link`, rel="next"); undefined after the last. A foreign host is not followed. */
function nextPage(link: string | readonly string[] | undefined, url: string, address: string): string | undefined {
  const target = typeof link === 'string' ? /<([^>]+)>\s*;[^,]*rel="?next"?/i.exec(link)?.[1] : undefined;
  if (target === undefined) return undefined;
  const next = new URL(target, new URL(url, address));
  return next.origin === address ? next.href : undefined;
}
