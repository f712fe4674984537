import path from 'node:path';
import { parseArgs } from 'node:util';
import { CHOICE_OPTIONS, choose } from './choices';
import { demoPolicy } from './demo/policy';
import { greeting, hints } from './demo/words';
import { EmbeddedStack } from './embedded';
import { untilInterrupted } from './interrupted';
import { keptLayout, layOut } from './layout';
import { readServers } from './servers';

/** The embedded stack without the demo's scenario, on a directory that keeps everything: started again, it goes on where it was. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { ...CHOICE_OPTIONS, data: { type: 'string', default: 'meridian-data' } } });
  const servers = readServers(process.env);
  const startedMs = performance.now();
  const dir = path.resolve(values.data);
  const layout = await layOut(dir, choose(values, servers, keptLayout(dir)?.choices));
  const stack = new EmbeddedStack(layout, servers, (part) => process.stderr.write(`started ${part}\n`));
  const interrupted = untilInterrupted();
  stack.install({ fraud: demoPolicy({ gated: false }) });
  try {
    const started = await Promise.race([stack.start().then(() => true), interrupted.then(() => false)]);
    if (!started) return;
    stack.supervise((line) => process.stderr.write(`${line}\n`));
    process.stdout.write(`${greeting(stack, servers, Math.round(performance.now() - startedMs))}\n${hints(stack)}\n`);
    await interrupted;
  } finally {
    await stack.stop();
  }
}

main().catch((err: unknown) => {
  process.stderr.write(`${err instanceof Error ? err.message : String(err)}\n`);
  process.exitCode = 1;
});
