import { mkdtemp, readdir, readFile as readBytes, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FilesystemObjectStore } from '../../adapters/object-store/filesystem';
import { MinioObjectStore } from '../../adapters/object-store/minio';
import { LayoutRegistry } from '../../adapters/registry/layout';
import { OciRegistry } from '../../adapters/registry/oci';
import {
  claimFreight,
  fencePointer,
  freightHolders,
  hasFreight,
  movePointer,
  readFile,
  readPointer,
} from '../../distribution';
import { releaseFreight, replicateFreight, uploadFreight, verifyFreight } from '../../distribution';
import { holderOf, parseModelName, parseRegionId } from '../../domain/ids';
import type { ObjectStore } from '../../ports/object-store';
import type { Registry } from '../../ports/registry';
import { never, noise, packed, pushFreight } from '../support/freight';
import { startOciRegistry, type OciServer } from '../support/oci-registry';
import { startVersity, type Versity } from '../support/versitygw';
import { collected } from './object-store';

const PART = 256 * 1024;
const model = parseModelName('fraud');
const holder = (attempt: number) => holderOf(model, 1, parseRegionId('eu'), attempt);
const source = packed({
  files: { 'model.onnx': noise(3 * 1024 * 1024 + 5), 'labels.txt': 'a b', empty: '' },
  golden: '{}',
});
const { freight } = source;
const weights = freight.files[0]!;
const silent = () => undefined;

let root: string;
let versity: Versity;
let server: OciServer;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'meridian-distribution-'));
  [versity, server] = [await startVersity(), await startOciRegistry()];
});
afterAll(async () => {
  await Promise.all([versity.stop(), server.stop()]);
  await rm(root, { recursive: true, force: true });
});

async function bucket(name: string): Promise<MinioObjectStore> {
  const { endpoint, accessKey, secretKey } = versity;
  const store = new MinioObjectStore({ endpoint, accessKey, secretKey, bucket: name });
  await store.createBucket();
  return store;
}
const upload = async (registry: Registry, hub: ObjectStore) => {
  const digest = await pushFreight(registry, 'models/fraud', source);
  return uploadFreight({
    registry,
    repository: 'models/fraud',
    digest,
    hub,
    signal: never,
    onProgress: silent,
    partBytes: PART,
  });
};

describe('distribution over real servers', () => {
  it('goes from an OCI registry through an S3 hub to an S3 region, bit for bit, and mends what rots there', async () => {
    const registry = new OciRegistry({ url: server.url });
    const [hub, region] = [await bucket('hub-store'), await bucket('region-store')];
    await expect(upload(registry, hub)).resolves.toEqual(freight);
    const replicate = () => replicateFreight({ freight, from: hub, to: region, signal: never, onProgress: silent });
    const verify = () => verifyFreight({ freight, store: region, signal: never, onProgress: silent });
    await replicate();
    await verify();
    expect(Buffer.compare(await collected(readFile(region, weights, never)), source.blobs.get(weights.digest)!)).toBe(
      0,
    );
    const part = path.join(versity.folder, 'region-store', 'files', weights.digest, '4');
    const rotten = await readBytes(part);
    rotten[7] = rotten[7]! ^ 0x10;
    await writeFile(part, rotten);
    await expect(verify()).rejects.toMatchObject({
      type: 'DigestMismatch',
      details: { file: 'model.onnx', parts: [4] },
    });
    await expect(replicate()).resolves.toMatchObject({ bytesMoved: PART });
    await verify();
    await registry.close();
  });

  it('goes from a layout through a directory hub to a directory region', async () => {
    const [hub, region] = [
      new FilesystemObjectStore(path.join(root, 'hub')),
      new FilesystemObjectStore(path.join(root, 'eu')),
    ];
    await upload(new LayoutRegistry(path.join(root, 'layout')), hub);
    await replicateFreight({ freight, from: hub, to: region, signal: never, onProgress: silent });
    await verifyFreight({ freight, store: region, signal: never, onProgress: silent });
    expect(await hasFreight(region, freight.digest)).toBe(true);
    expect((await readdir(path.join(root, 'eu'))).sort()).toEqual(['locks', 'objects', 'scratch']);
  });

  it.each([
    ['S3', () => bucket('claims-store')],
    ['a directory', async () => new FilesystemObjectStore(path.join(root, 'claims'))],
  ])('keeps claims and pointers under races on %s', async (_, make) => {
    const store = await make();
    const claims = Array.from({ length: 6 }, (__, attempt) => claimFreight(store, freight.digest, holder(attempt)));
    const releases = [0, 1, 2].map((attempt) => releaseFreight(store, freight.digest, holder(attempt)));
    await Promise.allSettled([...claims, ...releases]);
    expect(await freightHolders(store, freight.digest)).toEqual([3, 4, 5].map(holder));
    const move = { current: freight.digest, previous: [] };
    const tokens = Array.from({ length: 8 }, (__, epoch) => ({ epoch: epoch + 1, seq: 1, attempt: 1 }));
    const moves = await Promise.allSettled(tokens.map((token) => movePointer(store, model, token, move, token.epoch)));
    expect(moves.at(-1)).toMatchObject({ status: 'fulfilled' });
    expect(await readPointer(store, model)).toMatchObject({
      fence: tokens.at(-1),
      epoch: 8,
      sinceMs: expect.any(Number),
    });
    await expect(fencePointer(store, model, tokens[0]!, 9)).rejects.toMatchObject({
      type: 'StaleEpoch',
      details: { seen: 8 },
    });
  });
});
