import path from 'node:path';
import { parseArgs } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { lockDirectory } from './directory-lock';

// The control worker, the api and a person with psql; each may have a few.
const MAX_CONNECTIONS = 32;
// Hangs up on a client that stopped in the middle of a transaction: until then nobody else is served.
const IDLE_MS = 30_000;

/**
 * The embedded manifest: PGlite on a directory, behind the PostgreSQL protocol on 127.0.0.1, without a password.
 * `node dist/stack/manifest.js --directory DIR [--port N]`; prints `{"ready":true,"url":...}` and stops cleanly on SIGTERM or SIGINT.
 */
async function main(): Promise<void> {
  const { directory, port } = readArguments();
  const release = lockDirectory(directory);
  const db = await PGlite.create(path.join(directory, 'data'));
  const server = new PGLiteSocketServer({
    ...{ db, host: '127.0.0.1', port },
    ...{ maxConnections: MAX_CONNECTIONS, idleTimeout: IDLE_MS },
  });
  await server.start();

  const stop = async () => {
    await server.stop();
    await db.close();
    release();
    process.exit(0);
  };
  process.once('SIGTERM', () => void stop());
  process.once('SIGINT', () => void stop());
  const url = `postgresql://postgres@${server.getServerConn()}/postgres`;
  process.stdout.write(`${JSON.stringify({ ready: true, url, pid: process.pid, directory })}\n`);
}

function readArguments(): { readonly directory: string; readonly port: number } {
  const { values } = parseArgs({ options: { directory: { type: 'string' }, port: { type: 'string', default: '0' } } });
  const port = Number(values.port);
  if (values.directory === undefined) throw new Error('--directory is missing: where the manifest keeps its rows');
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port ${values.port} is not 0..65535`);
  return { directory: path.resolve(values.directory), port };
}

main().catch((error: unknown) => {
  process.stderr.write(`manifest: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
