import { loadConfig } from './config';
import { startRuntime } from './server';

/** The process of one runtime: says on stdout when and where it listens, ends on SIGTERM or SIGINT. */
async function main(): Promise<void> {
  const starting = startRuntime(loadConfig(process.env));
  const stop = () => void starting.then((runtime) => runtime.close()).then(() => process.exit(0));
  process.once('SIGTERM', stop); // before it says that it is ready: who reads that may send one at once
  process.once('SIGINT', stop);
  const runtime = await starting;
  process.stdout.write(`${JSON.stringify({ ready: true, url: runtime.url })}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`runtime: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
