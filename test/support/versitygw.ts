import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../stack/free-port';
import { startServer } from './processes';
import { requireServer } from './servers';

/** A real S3 server on a folder of its own. */
export interface Versity {
  readonly endpoint: string;
  readonly folder: string; // buckets are folders in it, objects are files
  readonly accessKey: string;
  readonly secretKey: string;
  stop(): Promise<void>;
}

/** Starts a Versity Gateway with its posix backend. @throws Error that says how to get the binary */
export async function startVersity(): Promise<Versity> {
  const binary = requireServer('versitygw');
  const folder = await mkdtemp(path.join(tmpdir(), 'meridian-versity-'));
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const [accessKey, secretKey] = ['test-access', 'test-secret-key'];
  const env = { ROOT_ACCESS_KEY: accessKey, ROOT_SECRET_KEY: secretKey };
  const isUp = async () => (await fetch(endpoint)).status > 0;
  const server = await startServer(binary, ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', folder], { env, isUp });
  const stop = async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { endpoint, folder, accessKey, secretKey, stop };
}
