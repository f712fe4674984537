import pino from 'pino';
import { readConfig } from './config';
import { startGateway } from './gateway';

/** The gateway as a process: one line of JSON on stdout when it listens, its log on stderr. SIGTERM: drain, keep, end. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = pino({ name: 'gateway', base: { node: config.node } }, pino.destination(2));
  const gateway = await startGateway(config, { onEvent: (event, facts) => log.warn(facts, event) });
  const { url, controlUrl } = gateway;
  process.stdout.write(`${JSON.stringify({ ready: true, url, controlUrl })}\n`);
  log.info({ url, controlUrl, upstreams: config.upstreams }, 'listening');
  const stop = () => {
    log.info('draining');
    gateway.close().then(
      () => process.exit(0),
      (err: unknown) => {
        log.error({ error: String(err) }, 'did not end in order');
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
}

main().catch((err: unknown) => {
  process.stderr.write(`${err instanceof Error ? err.message : String(err)}\n`);
  process.exitCode = 1;
});
