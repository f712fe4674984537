import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../stack/free-port';
import { startServer } from './processes';
import { requireServer } from './servers';

/** A real distribution registry on a folder of its own. */
export interface OciServer {
  readonly url: string;
  readonly folder: string; // of its blobs
  stop(): Promise<void>;
}

/**
 * Starts a distribution registry. @param htpasswd a line of an htpasswd file (bcrypt): then it asks for a name and password
 * @throws Error that says how to get the binary
 */
export async function startOciRegistry({ htpasswd }: { readonly htpasswd?: string } = {}): Promise<OciServer> {
  const binary = requireServer('registry');
  const folder = await mkdtemp(path.join(tmpdir(), 'meridian-registry-'));
  const port = await freePort();
  const passwords = path.join(folder, 'htpasswd');
  const config = {
    version: 0.1,
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: path.join(folder, 'blobs') } },
    http: { addr: `127.0.0.1:${port}` },
    ...(htpasswd === undefined ? {} : { auth: { htpasswd: { realm: 'test', path: passwords } } }),
  };
  const file = path.join(folder, 'config.json');
  await writeFile(file, JSON.stringify(config)); // JSON is YAML
  if (htpasswd !== undefined) await writeFile(passwords, `${htpasswd}\n`);
  const url = `http://127.0.0.1:${port}`;
  const isUp = async () => (await fetch(`${url}/v2/`)).status > 0;
  const env = { OTEL_TRACES_EXPORTER: 'none', OTEL_SDK_DISABLED: 'true' };
  const server = await startServer(binary, ['serve', file], { env, isUp });
  const stop = async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { url, folder, stop };
}
