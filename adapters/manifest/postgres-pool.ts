import { DatabaseError, Pool, type PoolClient } from 'pg';
import { Failure } from '../../domain/failures';
import { MIGRATIONS } from './migrations';

export interface PostgresOptions {
  readonly url: string; // postgresql://user:password@host:port/database
  /** Connections at most. A server has some; PGlite runs one transaction at a time, however many there are. Default 8. */
  readonly poolSize?: number;
  readonly connectMs?: number; // the most that one connection may take. Default 3,000
  readonly queryMs?: number; // the most that one statement may take. Default 5,000
}

/**
 * Statements in transactions over one pool. Every statement goes inside an explicit transaction, reads too: pglite-socket 0.2.17 takes
 * several connections but queues single protocol messages, and only between BEGIN and COMMIT does it keep to one of them. Without
 * that, 3 of 360 statements of 200 KB over 6 connections were bound to another connection's statement (measured; docs/adr/008).
 */
export class PostgresPool {
  private readonly pool: Pool;
  private readonly address: string;
  private migrated: Promise<void> | undefined;

  constructor({ url, poolSize = 8, connectMs = 3_000, queryMs = 5_000 }: PostgresOptions) {
    this.address = addressOf(url);
    this.pool = new Pool({
      connectionString: url,
      max: poolSize,
      connectionTimeoutMillis: connectMs,
      query_timeout: queryMs,
      idleTimeoutMillis: 10_000, // sooner than the embedded server's 30 s, so that it is this side that hangs up
      keepAlive: true,
    });
    // An idle connection that dies is dropped by the pool; without a listener the process would end by it.
    this.pool.on('error', () => undefined);
  }

  /** Runs the statements of `work` in one transaction, the tables made first if need be. @throws `ManifestUnavailable` (retried) */
  async transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    await (this.migrated ??= this.migrate());
    return this.alone(work);
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private migrate(): Promise<void> {
    const migration = this.alone(applyMigrations);
    migration.catch(() => (this.migrated = undefined)); // the next caller tries again
    return migration;
  }

  private async alone<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.pool.connect().catch((error: unknown) => Promise.reject(this.unavailable(error)));
    let broken: Error | undefined;
    // The connection may die between two statements; what the next statement throws is what counts.
    const onError = (error: Error) => (broken = error);
    client.on('error', onError);
    try {
      await client.query('BEGIN');
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      broken ??= await rolledBack(client, error);
      throw error instanceof Failure || isOurMistake(error) ? error : this.unavailable(error);
    } finally {
      client.off('error', onError);
      client.release(broken);
    }
  }

  private unavailable(cause: unknown): Failure {
    const why =
      cause instanceof Error && cause.message !== '' ? cause.message : String((cause as { code?: unknown }).code);
    const message =
      `the manifest at ${this.address} does not answer: ${why}; ` +
      'check that PostgreSQL (or the embedded manifest) runs there and that user, password and database are right';
    return new Failure('ManifestUnavailable', message, { cause });
  }
}

/** One at a time over all processes: the lock is the transaction's, and holds on PGlite because that runs one transaction at a time. */
async function applyMigrations(client: PoolClient): Promise<void> {
  await client.query(`SELECT pg_advisory_xact_lock(${LOCKS.migrations})`);
  await client.query(
    'CREATE TABLE IF NOT EXISTS migrations (version integer PRIMARY KEY, at timestamptz DEFAULT now())',
  );
  const { rows } = await client.query<{ version: number }>('SELECT version FROM migrations');
  const done = new Set(rows.map(({ version }) => version));
  for (const { version, sql } of MIGRATIONS) {
    if (done.has(version)) continue;
    await client.query(sql);
    await client.query('INSERT INTO migrations (version) VALUES ($1)', [version]);
  }
}

/** Keys of the advisory locks: any two numbers that nothing else in the database uses. */
export const LOCKS = { migrations: 7_264_001, events: 7_264_002 } as const;

/** Leaves the connection clean. @returns the error when it is not, so that the pool drops it */
async function rolledBack(client: PoolClient, cause: unknown): Promise<Error | undefined> {
  if (!(cause instanceof DatabaseError) && !(cause instanceof Failure)) return cause as Error; // lost, or in the middle of a reply
  return client.query('ROLLBACK').then(
    () => undefined,
    (error: Error) => error,
  );
}

// SQLSTATE classes (PostgreSQL manual, appendix A) that say our statement is wrong, whatever the server's state: 22 data, 23 integrity, 42 syntax.
function isOurMistake(error: unknown): boolean {
  return error instanceof DatabaseError && /^(22|23|42)/.test(error.code ?? '');
}

/** Host, port and database, without user and password. */
function addressOf(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `${host}${pathname}`;
  } catch {
    throw new Error('the manifest URL is not of the form postgresql://user:password@host:port/database');
  }
}
