import { MinioObjectStore } from '../../adapters/object-store/minio';
import type { S3Connection } from '../../adapters/object-store/s3-request';
import { startVersity, type Versity } from '../support/versitygw';
import { listed, objectStoreLaws } from './object-store';

let versity: Versity;
let buckets = 0;
const open: MinioObjectStore[] = [];
beforeAll(async () => {
  versity = await startVersity();
});
afterAll(async () => {
  for (const store of open) store.close();
  await versity.stop();
});

function connect(change: Partial<S3Connection> = {}): MinioObjectStore {
  const { endpoint, accessKey, secretKey } = versity;
  const store = new MinioObjectStore({ endpoint, accessKey, secretKey, bucket: `bucket-${buckets}`, ...change });
  open.push(store);
  return store;
}

describe('the minio object store on a Versity Gateway', () => {
  objectStoreLaws(async () => {
    buckets += 1;
    const store = connect();
    await store.createBucket();
    await store.createBucket();
    return store;
  });

  it('keeps to its folder of a shared bucket', async () => {
    const [store, other] = [connect({ pathPrefix: 'regions/eu' }), connect({ pathPrefix: 'regions/eu-north' })];
    await connect().createBucket();
    await store.put('a/b', new Uint8Array(1));
    await other.put('a/c', new Uint8Array(2));
    expect((await listed(store, '')).map(({ key }) => key)).toEqual(['a/b']);
    expect((await listed(store, 'a/')).map(({ key }) => key)).toEqual(['a/b']);
    expect(await store.get('a/c')).toBeUndefined();
    expect(await connect().head('regions/eu/a/b')).toMatchObject({ bytes: 1 });
    expect(() => connect({ pathPrefix: '../up' })).toThrow('not an object key');
  });

  it('names the store and what to check when credentials are wrong', async () => {
    const wrong = connect({ secretKey: 'not-the-secret' });
    await expect(wrong.get('k')).rejects.toMatchObject({
      type: 'AccessDenied',
      message: expect.stringMatching(/127\.0\.0\.1.*secret key/),
    });
  });

  it('says that a bucket is missing', async () => {
    const nowhere = connect({ bucket: 'no-such-bucket' });
    await expect(nowhere.get('k')).rejects.toMatchObject({
      type: 'StoreUnavailable',
      message: expect.stringMatching(/create the bucket/),
    });
    await expect(nowhere.put('k', new Uint8Array(1))).rejects.toMatchObject({ type: 'StoreUnavailable' });
  });

  it('refuses an object that is too large for one put', async () => {
    await expect(connect().put('k', new Uint8Array(64 * 1024 * 1024 + 1))).rejects.toThrow('the most is');
  });
});
