import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { freePort } from '../../stack/free-port';
import { startServer } from './processes';
import { requireServer } from './servers';

/**
 * What keeps a server of one shard from being prompt (measured, server 1.29): it fires timers up to a second late, and reads each of its
 * queues 20 times a second at most, so that every step of every workflow waits for the next 50 ms.
 */
const PROMPT = [
  'history.timerProcessorMaxTimeShift="10ms"',
  'history.timerProcessorMaxPollRPS=1000',
  'history.transferProcessorMaxPollRPS=1000',
];

export const CODE_PATH = path.resolve(__dirname, '../../dist/workflow-bundle.js');

/** A real Temporal dev server with a client and a connection for workers. */
export interface Temporal {
  readonly address: string;
  readonly client: Client;
  readonly connection: NativeConnection;
  stop(): Promise<void>;
}

/** Starts a server of its own, prompt, nothing on disk (five times as fast). @param settings more dynamic configuration, `key=value` */
export async function startTemporal(settings: readonly string[] = []): Promise<Temporal> {
  const filter = { core: 'ERROR', other: 'ERROR' } as const; // the core warns of every cancelled watch that still answers
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter, forward: {} } } });
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const where = ['--ip', '127.0.0.1', '--port', String(port)];
  const told = [...PROMPT, ...settings].flatMap((setting) => ['--dynamic-config-value', setting]);
  const isUp = () => Connection.connect({ address, connectTimeout: 500 }).then((up) => up.close().then(() => true));
  const argv = ['server', 'start-dev', '--headless', '--log-level', 'error', ...where, ...told];
  const server = await startServer(requireServer('temporal'), argv, { isUp });
  const client = new Client({ connection: await Connection.connect({ address }) });
  const connection = await NativeConnection.connect({ address });
  const stop = async () => {
    await client.connection.close();
    await connection.close();
    await server.stop();
  };
  return { address, client, connection, stop };
}
