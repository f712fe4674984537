import type { Digest } from '../domain/ids';
import type { ByteRange } from './object-store';

/** A manifest as the registry holds it: the bytes are what the digest names. */
export interface RegistryManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly body: Uint8Array;
}
/** A blob to be pushed. */
export interface BlobSource {
  readonly digest: Digest;
  readonly bytes: number;
  open(): AsyncIterable<Uint8Array>;
}

/**
 * Where freight comes from: an OCI registry or an image layout on disk. What it hands out is checked by the caller too.
 * Every method: @throws `RegistryUnavailable` (retried), `AccessDenied` (final), `Throttled` (retried).
 */
export interface Registry {
  readonly address: string; // for people, in messages
  /** The digest a tag points to now; undefined where there is no such tag. */
  resolve(repository: string, tag: string, signal?: AbortSignal): Promise<Digest | undefined>;
  tags(repository: string, signal?: AbortSignal): Promise<readonly string[]>;
  /**
   * The manifest with this digest, its bytes hashed.
   * @throws `FreightNotFound` (final), `DigestMismatch` (final), `InvalidFreight` (final) over 4 MiB
   */
  manifest(repository: string, digest: Digest, signal?: AbortSignal): Promise<RegistryManifest>;
  /** Streams a blob, or a range of it where the registry serves ranges (else the bytes before are read and dropped). @throws `FreightNotFound` (final) */
  blob(repository: string, digest: Digest, signal: AbortSignal, range?: ByteRange): AsyncIterable<Uint8Array>;
  /** Pushes a blob unless it is there. @throws `DigestMismatch` (final) */
  pushBlob(repository: string, blob: BlobSource, signal: AbortSignal): Promise<void>;
  /** Pushes a manifest under a tag and returns its digest. */
  pushManifest(repository: string, tag: string, mediaType: string, body: Uint8Array): Promise<Digest>;
}
