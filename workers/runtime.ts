import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import pino, { type Logger } from 'pino';
import type { TemporalConfig } from './config';

const LEVEL = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
const RECONNECT_MS = 1_000;

/** The process's log: JSON on stderr; stdout carries the one line that says it is ready. */
export function startLog(name: string, level: string): Logger {
  const serializers = { error: pino.stdSerializers.err, err: pino.stdSerializers.err };
  const log = pino({ name, level, serializers }, pino.destination(2));
  const logger = new DefaultLogger('INFO', ({ level: severity, message, meta }) =>
    log[LEVEL[severity]](meta ?? {}, message),
  );
  Runtime.install({
    logger,
    shutdownSignals: ['SIGINT', 'SIGTERM'],
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } },
  });
  return log;
}

/** Connects, for as long as it takes: a worker that was started before its Temporal waits for it, and says so. */
export async function connected({ address, tls }: TemporalConfig, log: Logger): Promise<NativeConnection> {
  for (let tries = 0; ; tries++) {
    try {
      return await NativeConnection.connect({ address, ...tlsOptions(tls) });
    } catch (err) {
      if (tries % 10 === 0)
        log.warn({ address, err: String(err) }, 'Temporal cannot be reached; check the address and that it runs');
      await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
    }
  }
}

/** TLS as clients and workers of Temporal take it. */
export function tlsOptions(tls: TemporalConfig['tls']) {
  if (!tls) return {};
  const { ca, pair } = tls;
  return {
    tls: {
      ...(ca && { serverRootCACertificate: ca }),
      ...(pair && { clientCertPair: { crt: pair.cert, key: pair.key } }),
    },
  };
}

/** One line of JSON on stdout, for whoever started the process. */
export function announce(facts: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ ready: true, ...facts })}\n`);
}

/** Runs a process's main; what it dies of is on stderr, and the exit code says so. */
export function runMain(main: () => Promise<void>): void {
  main().catch((err: unknown) => {
    process.stderr.write(`${err instanceof Error ? err.message : String(err)}\n`);
    process.exit(1); // a connection that is still open must not keep a process that cannot work
  });
}
