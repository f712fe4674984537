import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Command, Option } from 'commander';
import { notFound, usage, type ExitCode } from '../exit-codes';
import type { Run } from '../leaf';

const ROOT = path.join(__dirname, '..', '..', '..'); // above dist/cli/commands

interface Script {
  readonly name: string;
  readonly summary: string;
  readonly file: string; // below the root of the sources; the demo sets up what is missing first
  readonly options: readonly Option[];
  readonly examples: string;
}

const PARTS: readonly Option[] = [
  new Option('--store <kind>', 'where bytes are kept (default: s3 where a server was found)').choices([
    ...['filesystem', 's3'],
  ]),
  new Option('--registry <kind>', 'what versions are pushed to (default: distribution where it was found)').choices([
    ...['layout', 'distribution'],
  ]),
];
const JSON_LINES = new Option('--json', 'print one JSON object a line, for machines');

const SCRIPTS: readonly Script[] = [
  {
    ...{ name: 'demo', file: 'stack/setup/demo.mjs' },
    summary: 'Play the demo: a hub and three regions as processes on this computer, and seven steps',
    options: [
      ...PARTS,
      new Option('--rate <number>', 'requests a second for each region (default: 250)').argParser(rateOf),
      new Option('--exit', 'end by itself; exit code 0 only if each step did what it says'),
      new Option('--report <file>', 'write what was measured as JSON'),
      JSON_LINES,
    ],
    examples: '  $ meridian demo\n  $ meridian demo --exit --report report.json',
  },
  {
    ...{ name: 'up', file: 'dist/stack/up.js' },
    summary: 'Start a hub and three regions on this computer, and keep what they hold; Ctrl-C ends them',
    options: [
      ...PARTS,
      new Option('--data <folder>', 'where they keep everything; started again, they go on (default: meridian-data)'),
      JSON_LINES,
    ],
    examples: '  $ meridian up --data ~/meridian-data\n  $ meridian up --store filesystem --registry layout',
  },
];

/** The commands that start the embedded stack, as a process of its own, with the arguments that they were given. */
export function stackCommands(run: Run): readonly Command[] {
  return SCRIPTS.map(({ name, summary, file, options, examples }) => {
    const command = new Command(name).description(summary).addHelpText('after', `\nExamples:\n${examples}`);
    for (const option of options) command.addOption(option);
    return command.action(async () => run.end(await runScript(file, argumentsOf(command.optsWithGlobals()))));
  });
}

/** What the script is given; `--api` and `--key`, which every command takes, mean nothing to it. Pure. */
export function argumentsOf(given: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(given).flatMap(([name, value]) => {
    if (name === 'api' || name === 'key' || value === false || value === undefined) return [];
    if (value === true) return [`--${name}`];
    const isFile = name === 'data' || name === 'report';
    return [`--${name}`, isFile ? path.resolve(String(value)) : String(value)]; // the script runs in another folder
  });
}

function rateOf(text: string): string {
  if (Number(text) > 0) return text;
  throw usage(`--rate ${text}: requests a second for each region, above 0`);
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
