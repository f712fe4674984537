import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { notFound, type ExitCode } from '../exit-codes';
import type { Run } from '../leaf';

const ROOT = path.join(__dirname, '..', '..', '..'); // above dist/cli/commands

interface Script {
  readonly name: string;
  readonly summary: string;
  readonly file: string; // below the root of the sources; the demo sets up what is missing first
  readonly examples: string;
}

const SCRIPTS: readonly Script[] = [
  {
    ...{ name: 'demo', file: 'stack/setup/demo.mjs' },
    summary: 'Play the demo: a hub and three regions as processes on this computer, and seven steps',
    examples: '  $ meridian demo\n  $ meridian demo --exit --report report.json',
  },
  {
    ...{ name: 'up', file: 'dist/stack/up.js' },
    summary: 'Start a hub and three regions on this computer, and keep what they hold; Ctrl-C ends them',
    examples: '  $ meridian up --data ~/meridian-data',
  },
];

/** The commands that start the embedded stack, as a process of its own, with the arguments that they were given. */
export function stackCommands(run: Run): readonly Command[] {
  return SCRIPTS.map(({ name, summary, file, examples }) =>
    new Command(name)
      .description(summary)
      .argument('[arguments...]', 'handed on')
      .allowUnknownOption()
      .addHelpText('after', `\nExamples:\n${examples}`)
      .action(async (given: readonly string[]) => run.end(await runScript(file, given))),
  );
}

async function runScript(file: string, given: readonly string[]): Promise<ExitCode> {
  const script = path.join(ROOT, file);
  if (!existsSync(script)) throw notFound(`there is no ${script}`, 'run this in a clone of the sources');
  const child = spawn(process.execPath, [script, ...given], { cwd: ROOT, stdio: 'inherit' });
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  const wait = () => undefined; // a terminal sends Ctrl-C to both; the stack ends itself, and we wait for it
  process.on('SIGTERM', pass).on('SIGINT', wait);
  try {
    return await new Promise<ExitCode>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve((code ?? 1) as ExitCode));
    });
  } finally {
    process.off('SIGTERM', pass).off('SIGINT', wait);
  }
}
