import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { Failure } from '../../domain/failures';
import { MAX_MANIFEST_BYTES } from '../../domain/freight';
import { isDigest, type Digest } from '../../domain/ids';
import type { ByteRange } from '../../ports/object-store';
import type { BlobSource, Registry, RegistryManifest } from '../../ports/registry';
import { sizeOfFile, textOfFile, underLock, writeAside } from './layout-files';
import { checkRepository, checkTag, provedBlob, provedManifest, sha256, statedMediaType, tooLarge } from './names';

const REF_NAME = 'org.opencontainers.image.ref.name'; // OCI image-layout, annotation of an index entry: its tag
const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
const READ_BYTES = 1024 * 1024;

const entrySchema = z.looseObject({
  mediaType: z.string(),
  digest: z.string(),
  size: z.number(),
  annotations: z.record(z.string(), z.string()).optional(),
});
const indexSchema = z.looseObject({ schemaVersion: z.literal(2), manifests: z.array(entrySchema) });
type Index = z.infer<typeof indexSchema>;

/** OCI image layouts on disk, a directory per repository (OCI image-spec, image-layout). Other tools read and write it too. */
export class LayoutRegistry implements Registry {
  readonly address: string;

  constructor(private readonly root: string) {
    this.address = `layout ${root}`;
  }

  async resolve(repository: string, tag: string, signal?: AbortSignal): Promise<Digest | undefined> {
    signal?.throwIfAborted();
    const named = checkTag(tag);
    const { manifests } = await this.index(repository);
    const digest = manifests.find(({ annotations }) => annotations?.[REF_NAME] === named)?.digest;
    return digest !== undefined && isDigest(digest) ? digest : undefined;
  }

  async tags(repository: string, signal?: AbortSignal): Promise<readonly string[]> {
    signal?.throwIfAborted();
    const { manifests } = await this.index(repository);
    return manifests.flatMap(({ annotations }) => annotations?.[REF_NAME] ?? []).sort();
  }

  async manifest(repository: string, digest: Digest, signal?: AbortSignal): Promise<RegistryManifest> {
    signal?.throwIfAborted();
    const file = this.blobPath(repository, digest);
    const found = await this.sizeOf(file);
    if (found === undefined) throw this.missing('manifest', repository, digest);
    if (found > MAX_MANIFEST_BYTES) throw tooLarge(digest, found);
    const body = provedManifest(new Uint8Array(await this.mapped(() => readFile(file))), digest, this.address);
    const { manifests } = await this.index(repository);
    const mediaType = statedMediaType(body) || manifests.find((entry) => entry.digest === digest)?.mediaType;
    return { digest, mediaType: mediaType ?? 'application/octet-stream', body };
  }

  async *blob(repository: string, digest: Digest, signal: AbortSignal, range?: ByteRange): AsyncIterable<Uint8Array> {
    signal.throwIfAborted();
    const file = this.blobPath(repository, digest);
    const size = await this.sizeOf(file);
    if (size === undefined) throw this.missing('blob', repository, digest);
    const { from, bytes } = range ?? { from: 0, bytes: size };
    if (from + bytes > size)
      throw new Failure('DigestMismatch', `${digest} in ${this.address} has ${size} bytes, not ${from + bytes}`);
    if (bytes === 0) return;
    try {
      const options = { start: from, end: from + bytes - 1, highWaterMark: READ_BYTES, signal };
      yield* createReadStream(file, options) as AsyncIterable<Buffer>;
    } catch (error) {
      signal.throwIfAborted();
      throw this.failure(error);
    }
  }

  async pushBlob(repository: string, blob: BlobSource, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const file = this.blobPath(repository, blob.digest);
    if ((await this.sizeOf(file)) === blob.bytes) return;
    await this.mapped(() => writeAside(file, provedBlob(blob.open(), blob), signal));
  }

  async pushManifest(repository: string, tag: string, mediaType: string, body: Uint8Array): Promise<Digest> {
    const named = checkTag(tag);
    const digest = sha256(body);
    await this.mapped(() => writeAside(this.blobPath(repository, digest), [body]));
    await this.mapped(() =>
      underLock(this.at(repository, 'index.lock'), async () => {
        const { manifests, ...rest } = await this.index(repository);
        const others = manifests.filter(({ annotations }) => annotations?.[REF_NAME] !== named);
        const entry = { mediaType, digest, size: body.byteLength, annotations: { [REF_NAME]: named } };
        await writeAside(this.at(repository, 'oci-layout'), [Buffer.from('{"imageLayoutVersion":"1.0.0"}')]);
        const next = JSON.stringify({ ...rest, manifests: [...others, entry] });
        await writeAside(this.at(repository, 'index.json'), [Buffer.from(next)]);
      }),
    );
    return digest;
  }

  private async index(repository: string): Promise<Index> {
    const file = this.at(repository, 'index.json');
    const text = await this.mapped(() => textOfFile(file));
    if (text === undefined) return { schemaVersion: 2, mediaType: INDEX_TYPE, manifests: [] };
    try {
      return indexSchema.parse(JSON.parse(text));
    } catch (cause) {
      throw new Failure('Unsupported', `${file} is no OCI image index: repair it, or push to a new folder`, { cause });
    }
  }

  private async sizeOf(file: string): Promise<number | undefined> {
    return this.mapped(() => sizeOfFile(file));
  }

  private at(repository: string, name: string): string {
    return path.join(this.root, checkRepository(repository), name);
  }

  private blobPath(repository: string, digest: Digest): string {
    if (!isDigest(digest)) throw new TypeError(`not a sha256 digest: ${JSON.stringify(digest)}`);
    return this.at(repository, path.join('blobs', ...digest.split(':')));
  }

  private missing(what: string, repository: string, digest: Digest): Failure {
    return new Failure('FreightNotFound', `${this.address}/${repository} has no ${what} ${digest}`);
  }

  private async mapped<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw this.failure(error);
    }
  }

  private failure(error: unknown): unknown {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof Failure || code === undefined || code === 'ABORT_ERR') return error;
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
      return new Failure('AccessDenied', `${this.address} refuses access (${code}): check its owner and mode`, {
        cause: error,
      });
    }
    const remedy = code === 'ENOSPC' ? 'free some space' : 'check the folder and its disk';
    return new Failure('RegistryUnavailable', `${this.address} cannot be used (${code}): ${remedy}`, { cause: error });
  }
}
