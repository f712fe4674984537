import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { OciRegistry } from '../../adapters/registry/oci';
import { MEDIA_TYPES } from '../../domain/freight';
import { startOciRegistry, type OciServer } from '../support/oci-registry';
import { collected, pattern } from './object-store';
import { blobOf, digestOf, manifestOf, registryLaws } from './registry';

const never = new AbortController().signal;
const HTPASSWD = 'promoter:$2y$05$abcdefghijklmnopqrstuuiitcSTbmWtinjxTMhPy6Z4ocreVFuRu'; // bcrypt of `not a secret`
let server: OciServer;
let repositories = 0;
const open: OciRegistry[] = [];
beforeAll(async () => {
  server = await startOciRegistry();
});
afterAll(async () => {
  await Promise.all(open.map((registry) => registry.close()));
  await server.stop();
});

function connect(change: Partial<ConstructorParameters<typeof OciRegistry>[0]> = {}): OciRegistry {
  const registry = new OciRegistry({ url: server.url, ...change });
  open.push(registry);
  return registry;
}

describe('the oci registry adapter on a distribution registry', () => {
  registryLaws(async () => ({ registry: connect(), repository: `models/m${++repositories}` }));

  it('pushes a large blob in chunks', async () => {
    const body = pattern(10_000_000);
    const registry = connect({ chunkBytes: 3_000_000 });
    await registry.pushBlob('models/chunked', blobOf(body), never);
    expect(Buffer.compare(await collected(registry.blob('models/chunked', digestOf(body), never)), body)).toBe(0);
  });

  it('refuses a chunked blob that is not what its digest says', async () => {
    const registry = connect({ chunkBytes: 1_000_000 });
    const lie = digestOf(pattern(7));
    const push = registry.pushBlob('models/chunked', blobOf(pattern(3_500_000), lie), never);
    await expect(push).rejects.toMatchObject({ type: 'DigestMismatch' });
  });

  it('finds a manifest whose bytes rotted in the registry', async () => {
    const registry = connect();
    const config = new TextEncoder().encode('{}');
    await registry.pushBlob('models/rotten', blobOf(config), never);
    const digest = await registry.pushManifest('models/rotten', 'v1', MEDIA_TYPES.manifest, manifestOf(config));
    const hex = digest.slice('sha256:'.length);
    const file = path.join(server.folder, 'blobs/docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
    await rm(file);
    await writeFile(file, manifestOf(new TextEncoder().encode('{"another":1}')));
    const read = registry.manifest('models/rotten', digest);
    await expect(read).rejects.toMatchObject({ type: expect.stringMatching(/DigestMismatch|RegistryUnavailable/) });
  });
});

describe('the oci registry adapter on a registry with passwords', () => {
  let guarded: OciServer;
  beforeAll(async () => {
    guarded = await startOciRegistry({ htpasswd: HTPASSWD });
  });
  afterAll(() => guarded.stop());

  it('signs in with the credentials that it was given', async () => {
    const credentials = { username: 'promoter', password: 'not a secret' };
    const registry = connect({ url: guarded.url, credentials });
    await registry.pushBlob('models/fraud', blobOf(pattern(10)), never);
    expect(await collected(registry.blob('models/fraud', digestOf(pattern(10)), never))).toEqual(pattern(10));
  });

  it.each([
    ['none', undefined],
    ['wrong ones', { username: 'promoter', password: 'guess' }],
  ])('says that credentials are missing or wrong when it was given %s', async (_, credentials) => {
    const registry = connect({ url: guarded.url, ...(credentials ? { credentials } : {}) });
    await expect(registry.resolve('models/fraud', 'v1')).rejects.toMatchObject({
      type: 'AccessDenied',
      message: expect.stringMatching(/credentials/),
    });
  });
});
