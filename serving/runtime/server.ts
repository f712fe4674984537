import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { bearerCheck } from './bearer';
import type { RuntimeConfig } from './config';
import { Repository } from './repository';
import { requestListener } from './request-listener';

export interface Runtime {
  readonly url: string; // no slash at the end
  /** Stops listening, answers what is under way, frees the models. */
  close(): Promise<void>;
}

/** Longer than clients keep idle connections, so that they close first and no request meets a closing one. */
const KEEP_ALIVE_MS = 75_000;

/** Starts an inference server. It listens only when everything that was loaded before is loaded again. */
export async function startRuntime(config: RuntimeConfig): Promise<Runtime> {
  const isAllowed = await bearerCheck(config.tokenFile);
  const repository = new Repository({
    folder: config.modelRepository,
    stateDir: config.stateDir,
    threads: config.threads,
  });
  await repository.restore();
  const server = await serverFor(config, requestListener(repository, isAllowed));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await listen(server, config);
  const { port } = server.address() as AddressInfo;
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  return { url: `http${config.tls ? 's' : ''}://${host}:${port}`, close };

  async function close(): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    await closed;
    await repository.close();
  }
}

async function serverFor({ tls }: RuntimeConfig, listener: RequestListener): Promise<Server> {
  if (!tls) return createServer(listener);
  return createTlsServer({ cert: await readFile(tls.certFile), key: await readFile(tls.keyFile) }, listener);
}

function listen(server: Server, { host, port }: RuntimeConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
