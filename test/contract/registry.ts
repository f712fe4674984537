import { createHash } from 'node:crypto';
import { MEDIA_TYPES } from '../../domain/freight';
import { parseDigest, type Digest } from '../../domain/ids';
import type { BlobSource, Registry } from '../../ports/registry';
import { collected, pattern } from './object-store';

const never = new AbortController().signal;
const nowhere = parseDigest(`sha256:${'0'.repeat(64)}`);

export function digestOf(body: Uint8Array): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(body).digest('hex')}`);
}

/** A blob that comes in chunks of 64 KiB; `lie` names another digest than its own. */
export function blobOf(body: Uint8Array, lie?: Digest): BlobSource {
  async function* open() {
    for (let at = 0; at < body.byteLength; at += 65_536) yield body.subarray(at, at + 65_536);
  }
  return { digest: lie ?? digestOf(body), bytes: body.byteLength, open };
}

export function manifestOf(config: Uint8Array, layers: readonly Uint8Array[] = []): Uint8Array {
  const descriptor = (mediaType: string, body: Uint8Array) => ({
    mediaType,
    digest: digestOf(body),
    size: body.byteLength,
  });
  const text = JSON.stringify({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    config: descriptor(MEDIA_TYPES.config, config),
    layers: layers.map((layer) => descriptor(MEDIA_TYPES.weights, layer)),
  });
  return new TextEncoder().encode(text);
}

/** The laws of the registry port. Every adapter's test calls this with a way to make one, and a repository that is new in it. */
export function registryLaws(make: () => Promise<{ registry: Registry; repository: string }>): void {
  let registry: Registry;
  let repository: string;
  beforeEach(async () => {
    ({ registry, repository } = await make());
  });

  async function push(tag: string, version: string): Promise<Digest> {
    const config = new TextEncoder().encode(JSON.stringify({ version }));
    await registry.pushBlob(repository, blobOf(config), never);
    return registry.pushManifest(repository, tag, MEDIA_TYPES.manifest, manifestOf(config));
  }

  it('resolves a tag to the digest of the manifest that was pushed last', async () => {
    const first = await push('stable', 'v1');
    expect(await registry.resolve(repository, 'stable')).toBe(first);
    const second = await push('stable', 'v2');
    expect(second).not.toBe(first);
    expect(await registry.resolve(repository, 'stable')).toBe(second);
    expect((await registry.manifest(repository, first)).digest).toBe(first);
  });

  it('knows no tag where there is none, and no tags of a repository that nobody pushed to', async () => {
    expect(await registry.resolve(repository, 'stable')).toBeUndefined();
    expect(await registry.tags(repository)).toEqual([]);
    await push('stable', 'v1');
    expect(await registry.resolve(repository, 'other')).toBeUndefined();
  });

  it('lists tags', async () => {
    for (const tag of ['b', 'a', 'v1.2_3-x']) await push(tag, tag);
    expect([...(await registry.tags(repository))].sort()).toEqual(['a', 'b', 'v1.2_3-x']);
  });

  it('gives a manifest back byte for byte', async () => {
    const config = new TextEncoder().encode('{}');
    await registry.pushBlob(repository, blobOf(config), never);
    const body = manifestOf(config);
    const digest = await registry.pushManifest(repository, 'v1', MEDIA_TYPES.manifest, body);
    expect(digest).toBe(digestOf(body));
    expect(await registry.manifest(repository, digest)).toEqual({ digest, mediaType: MEDIA_TYPES.manifest, body });
  });

  it('says what it does not have', async () => {
    await push('v1', 'v1');
    await expect(registry.manifest(repository, nowhere)).rejects.toMatchObject({ type: 'FreightNotFound' });
    await expect(collected(registry.blob(repository, nowhere, never))).rejects.toMatchObject({
      type: 'FreightNotFound',
    });
  });

  it('streams a blob whole and by range', async () => {
    const body = pattern(5 * 1024 * 1024 + 3);
    await registry.pushBlob(repository, blobOf(body), never);
    await registry.pushBlob(repository, blobOf(body), never);
    expect(Buffer.compare(await collected(registry.blob(repository, digestOf(body), never)), body)).toBe(0);
    for (const [from, bytes] of [
      [0, 1],
      [1_234_567, 3_000_000],
      [body.byteLength - 1, 1],
    ] as const) {
      const range = await collected(registry.blob(repository, digestOf(body), never, { from, bytes }));
      expect(Buffer.compare(range, body.subarray(from, from + bytes))).toBe(0);
    }
  });

  it('does not pass a range off as complete that goes beyond the blob', async () => {
    const body = pattern(1000);
    await registry.pushBlob(repository, blobOf(body), never);
    const beyond = collected(registry.blob(repository, digestOf(body), never, { from: 2000, bytes: 10 }));
    await expect(beyond).rejects.toMatchObject({ type: 'DigestMismatch' });
    const across = collected(registry.blob(repository, digestOf(body), never, { from: 990, bytes: 20 }));
    await expect(across).rejects.toMatchObject({ type: expect.stringMatching(/DigestMismatch|RegistryUnavailable/) });
  });

  it('pushes an empty blob', async () => {
    const body = new Uint8Array(0);
    await registry.pushBlob(repository, blobOf(body), never);
    expect(await collected(registry.blob(repository, digestOf(body), never))).toEqual(body);
  });

  it('refuses a blob that is not what its digest says, and keeps nothing of it', async () => {
    const lie = digestOf(pattern(999));
    await expect(registry.pushBlob(repository, blobOf(pattern(1000), lie), never)).rejects.toMatchObject({
      type: 'DigestMismatch',
    });
    await expect(collected(registry.blob(repository, lie, never))).rejects.toMatchObject({ type: 'FreightNotFound' });
  });

  it.each(['', 'UPPER', '../up', 'a//b', '/a', 'a b', 'a/../b', 'a?x=1'])(
    'refuses the repository name %j',
    async (hostile) => {
      await expect(registry.resolve(hostile, 'v1')).rejects.toThrow('not a repository name');
      await expect(registry.tags(hostile)).rejects.toThrow('not a repository name');
      await expect(collected(registry.blob(hostile, nowhere, never))).rejects.toThrow('not a repository name');
    },
  );

  it.each(['', '../x', 'a/b', 'a b', 'x'.repeat(129)])('refuses the tag %j', async (hostile) => {
    await expect(registry.resolve(repository, hostile)).rejects.toThrow('not a tag');
    await expect(registry.pushManifest(repository, hostile, MEDIA_TYPES.manifest, pattern(1))).rejects.toThrow(
      'not a tag',
    );
  });

  it('stops when its signal is aborted', async () => {
    const digest = await push('v1', 'v1');
    const reason = new Error('enough');
    const aborted = AbortSignal.abort(reason);
    await expect(registry.manifest(repository, digest, aborted)).rejects.toBe(reason);
    await expect(collected(registry.blob(repository, digest, aborted))).rejects.toBe(reason);
  });
}
