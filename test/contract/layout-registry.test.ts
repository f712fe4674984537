import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LayoutRegistry } from '../../adapters/registry/layout';
import { MEDIA_TYPES } from '../../domain/freight';
import { pattern } from './object-store';
import { digestOf, registryLaws } from './registry';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'meridian-layout-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const repository = 'models/fraud';
const pushed = (registry: LayoutRegistry, tag: string, body = pattern(100)) =>
  registry.pushManifest(repository, tag, MEDIA_TYPES.manifest, body);

describe('the layout registry', () => {
  registryLaws(async () => ({ registry: new LayoutRegistry(root), repository }));

  it('writes an OCI image layout that other tools read', async () => {
    const digest = await pushed(new LayoutRegistry(root), 'v1');
    const folder = path.join(root, repository);
    expect((await readdir(folder)).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
    expect(JSON.parse(await readFile(path.join(folder, 'oci-layout'), 'utf8'))).toEqual({
      imageLayoutVersion: '1.0.0',
    });
    expect(JSON.parse(await readFile(path.join(folder, 'index.json'), 'utf8'))).toMatchObject({
      schemaVersion: 2,
      manifests: [
        {
          mediaType: MEDIA_TYPES.manifest,
          digest,
          size: 100,
          annotations: { 'org.opencontainers.image.ref.name': 'v1' },
        },
      ],
    });
  });

  it('keeps every tag when many are pushed at once', async () => {
    const tags = Array.from({ length: 20 }, (_, index) => `v${index}`).sort();
    await Promise.all(tags.map((tag) => pushed(new LayoutRegistry(root), tag)));
    expect(await new LayoutRegistry(root).tags(repository)).toEqual(tags);
  });

  it('finds a manifest whose bytes rotted', async () => {
    const registry = new LayoutRegistry(root);
    const digest = await pushed(registry, 'v1');
    await truncate(path.join(root, repository, 'blobs', ...digest.split(':')), 50);
    await expect(registry.manifest(repository, digest)).rejects.toMatchObject({ type: 'DigestMismatch' });
  });

  it('refuses a manifest over 4 MiB', async () => {
    const registry = new LayoutRegistry(root);
    const large = pattern(4 * 1024 * 1024 + 1);
    await pushed(registry, 'v1', large);
    await expect(registry.manifest(repository, digestOf(large))).rejects.toMatchObject({ type: 'InvalidFreight' });
  });

  it('says that an index is damaged', async () => {
    const registry = new LayoutRegistry(root);
    await pushed(registry, 'v1');
    await writeFile(path.join(root, repository, 'index.json'), '{"schemaVersion":2');
    await expect(registry.resolve(repository, 'v1')).rejects.toMatchObject({
      type: 'Unsupported',
      message: expect.stringMatching(/index\.json is no OCI image index/),
    });
  });
});
