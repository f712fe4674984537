import { MemoryManifest } from '../../adapters/manifest/memory';
import { PostgresManifest } from '../../adapters/manifest/postgres';
import { manifestLaws } from './manifest';
import { freshDirectory, startManifest, type ManifestServer } from './manifest-server';

describe('the memory manifest', () => {
  const one = new MemoryManifest();
  manifestLaws(() => one);
});

describe('the manifest on PGlite behind its socket', () => {
  let server: ManifestServer;
  beforeAll(async () => {
    server = await startManifest(freshDirectory());
  });
  afterAll(() => server.stop('SIGTERM'));
  manifestLaws(() => new PostgresManifest({ url: server.url, poolSize: 4 }));
});

const url = process.env.MERIDIAN_TEST_POSTGRES_URL;
if (url !== undefined) {
  describe('the manifest on PostgreSQL', () => {
    manifestLaws(() => new PostgresManifest({ url, poolSize: 4 }));
  });
}
