import { mkdtempSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { OciRegistry } from '../../adapters/registry/oci';
import { MEDIA_TYPES } from '../../domain/freight';
import { freePort } from '../../stack/free-port';
import { startServer } from '../support/processes';
import { describeWithServer } from '../support/servers';
import { FRAUD, HOOK_SECRET, makeApi } from '../unit/api/fakes';

const EMPTY = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'; // of `{}` (image-spec, empty descriptor)
const blob = { mediaType: 'application/vnd.oci.empty.v1+json', digest: EMPTY, size: 2 };
const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPES.manifest, config: blob, layers: [blob] };

describeWithServer('registry', 'a hook of a real distribution registry', (binary) => {
  it('leads to an offer of the digest that was pushed', async () => {
    const api = makeApi();
    await api.app.listen({ port: 0, host: '127.0.0.1' });
    const { port: apiPort } = api.app.server.address() as AddressInfo;
    const folder = mkdtempSync(path.join(tmpdir(), 'meridian-hook-'));
    const port = await freePort();
    const endpoint = {
      ...{
        name: 'meridian',
        url: `http://127.0.0.1:${apiPort}/v1/hooks/registry`,
        timeout: '2s',
        threshold: 3,
        backoff: '1s',
      },
      headers: { Authorization: [`Bearer ${HOOK_SECRET}`] },
    };
    const config = {
      ...{
        version: 0.1,
        log: { level: 'error' },
        storage: { filesystem: { rootdirectory: path.join(folder, 'blobs') } },
      },
      ...{ http: { addr: `127.0.0.1:${port}` }, notifications: { endpoints: [endpoint] } },
    };
    writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config)); // JSON is YAML
    const url = `http://127.0.0.1:${port}`;
    const isUp = async () => (await fetch(`${url}/v2/`)).ok;
    const env = { OTEL_TRACES_EXPORTER: 'none', OTEL_SDK_DISABLED: 'true' };
    const server = await startServer(binary, ['serve', path.join(folder, 'config.json')], { env, isUp });
    const registry = new OciRegistry({ url });
    api.ports.registryOf({} as never).resolve = (repository, tag, signal) => registry.resolve(repository, tag, signal);

    const bytes = Buffer.from('{}');
    const source = {
      digest: EMPTY as never,
      bytes: 2,
      open: async function* () {
        yield bytes;
      },
    };
    await registry.pushBlob('models/fraud', source, AbortSignal.timeout(5_000));
    const body = Buffer.from(JSON.stringify(manifest));
    const digest = await registry.pushManifest('models/fraud', 'latest', MEDIA_TYPES.manifest, body);
    while (api.engine.offers.length === 0) await new Promise(setImmediate);

    expect(api.engine.offers).toMatchObject([{ model: FRAUD, offer: { digest, source: 'registry' } }]);
    await api.app.close();
    await server.stop();
  });
});
