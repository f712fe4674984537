import { Failure } from '../../domain/failures';
import type { Digest } from '../../domain/ids';
import type { ByteRange } from '../../ports/object-store';
import type { BlobSource, Registry, RegistryManifest } from '../../ports/registry';
import { checkRepository, checkTag, provedBlob, provedManifest, sha256 } from './names';

interface Repository {
  readonly tags: Map<string, Digest>;
  readonly manifests: Map<Digest, RegistryManifest>;
  readonly blobs: Map<Digest, Uint8Array>;
}

/** A registry in memory: for tests and the simulation. Nothing but microtasks. */
export class MemoryRegistry implements Registry {
  private readonly repositories = new Map<string, Repository>();

  constructor(readonly address = 'registry in memory') {}

  async resolve(repository: string, tag: string, signal?: AbortSignal): Promise<Digest | undefined> {
    signal?.throwIfAborted();
    return this.of(repository).tags.get(checkTag(tag));
  }

  async tags(repository: string, signal?: AbortSignal): Promise<readonly string[]> {
    signal?.throwIfAborted();
    return [...this.of(repository).tags.keys()].sort();
  }

  async manifest(repository: string, digest: Digest, signal?: AbortSignal): Promise<RegistryManifest> {
    signal?.throwIfAborted();
    const found = this.of(repository).manifests.get(digest);
    if (!found) throw new Failure('FreightNotFound', `${this.address}/${repository} has no manifest ${digest}`);
    return { ...found, body: provedManifest(found.body.slice(), digest, this.address) };
  }

  async *blob(repository: string, digest: Digest, signal: AbortSignal, range?: ByteRange): AsyncIterable<Uint8Array> {
    signal.throwIfAborted();
    const found = this.of(repository).blobs.get(digest);
    if (!found) throw new Failure('FreightNotFound', `${this.address}/${repository} has no blob ${digest}`);
    const { from, bytes } = range ?? { from: 0, bytes: found.byteLength };
    if (from + bytes > found.byteLength) {
      throw new Failure(
        'DigestMismatch',
        `${digest} in ${this.address} has ${found.byteLength} bytes, not ${from + bytes}`,
      );
    }
    if (bytes > 0) yield found.slice(from, from + bytes);
  }

  async pushBlob(repository: string, blob: BlobSource, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { blobs } = this.of(repository);
    if (blobs.has(blob.digest)) return;
    const chunks: Uint8Array[] = [];
    for await (const chunk of provedBlob(blob.open(), blob)) chunks.push(chunk);
    blobs.set(blob.digest, new Uint8Array(Buffer.concat(chunks)));
  }

  async pushManifest(repository: string, tag: string, mediaType: string, body: Uint8Array): Promise<Digest> {
    const { tags, manifests } = this.of(repository);
    const digest = sha256(body);
    manifests.set(digest, { digest, mediaType, body: body.slice() });
    tags.set(checkTag(tag), digest);
    return digest;
  }

  private of(repository: string): Repository {
    const found = this.repositories.get(checkRepository(repository));
    if (found) return found;
    const made: Repository = { tags: new Map(), manifests: new Map(), blobs: new Map() };
    this.repositories.set(repository, made);
    return made;
  }
}
