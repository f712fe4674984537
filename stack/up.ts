import path from 'node:path';
import { parseArgs } from 'node:util';
import { CHOICE_OPTIONS, choose } from './choices';
import { demoPolicy } from './demo/policy';
import { Screen } from './demo/screen';
import { hintsOf } from './demo/standing';
import { JsonTelling, ScreenTelling } from './demo/telling';
import { EmbeddedStack } from './embedded';
import { untilInterrupted } from './interrupted';
import { keptLayout, layOut } from './layout';
import { modelsFolder } from './models/build';
import { readServers } from './servers';

const OPTIONS = {
  ...CHOICE_OPTIONS,
  data: { type: 'string', default: 'meridian-data' },
  json: { type: 'boolean', default: false },
} as const;

/** The embedded stack without the demo's scenario, on a directory that keeps everything: started again, it goes on where it was. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  const servers = readServers(process.env);
  const startedMs = performance.now();
  const dir = path.resolve(values.data);
  const choices = choose(values, servers, keptLayout(dir)?.choices);
  const layout = await layOut(dir, choices);
  const asked = {
    ...(values.store && { store: choices.store }),
    ...(values.registry && { registry: choices.registry }),
  };
  const stack = new EmbeddedStack(layout, servers, (part) => process.stderr.write(`started ${part}\n`));
  const telling = values.json
    ? new JsonTelling((line) => process.stdout.write(line))
    : new ScreenTelling(new Screen(process.stdout));
  const interrupted = untilInterrupted();
  stack.install({ fraud: demoPolicy({ gated: false }) });
  try {
    const started = await Promise.race([stack.start().then(() => true), interrupted.then(() => false)]);
    if (!started) return;
    stack.supervise((line) => telling.said(line));
    telling.ready({ layout, servers, asked, readyMs: Math.round(performance.now() - startedMs) });
    const told = await Promise.race([hintsOf(stack, modelsFolder(process.env)), interrupted.then(() => null)]);
    if (told) telling.hints(told);
    await interrupted;
  } finally {
    await stack.stop();
  }
}

main().catch((err: unknown) => {
  process.stderr.write(`${err instanceof Error ? err.message : String(err)}\n`);
  process.exitCode = 1;
});
