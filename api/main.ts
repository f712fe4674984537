import { loadConfig } from './config';
import { createServer } from './server';
import { connect } from './wiring';

/** The api: `node dist/api/main.js`. Prints `{"ready":true,"url":...}`; stops on SIGTERM or SIGINT when requests under way are answered. */
async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const { ports, close } = connect(config);
  const { hookSecret: hook, token, isLocal, https, logLevel } = config;
  const app = createServer({ ports, secrets: { hook, token, isLocal }, logLevel, ...(https && { https }) });
  const url = await app.listen({ host: config.host, port: config.port });

  const stop = async () => {
    await app.close();
    await close();
    process.exit(0);
  };
  process.once('SIGTERM', () => void stop());
  process.once('SIGINT', () => void stop());
  process.stdout.write(`${JSON.stringify({ ready: true, url, pid: process.pid })}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`api: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
