import { Command } from 'commander';
import { usage, type ExitCode } from './exit-codes';
import { Session, withSharedOptions, type Surroundings } from './session';

/** Where commands report how they ended. */
export interface Run extends Surroundings {
  end(code: ExitCode): void;
}
interface Leaf<Options> {
  readonly name: string; // with its arguments, e.g. `promote <model> [digest]`
  readonly summary: string;
  readonly examples: readonly string[];
  readonly options?: (command: Command) => Command;
  readonly act: (session: Session, args: readonly (string | undefined)[], options: Options) => Promise<void>;
}

/** One command with what all of them share: options, examples in its help, a session, an exit code. */
export function leaf<Options extends object>(
  run: Run,
  { name, summary, examples, options, act }: Leaf<Options>,
): Command {
  const [verb = '', ...places] = name.split(' ');
  const command = new Command(verb).description(summary);
  for (const place of places) command.argument(place);
  options?.(command);
  withSharedOptions(command).addHelpText('after', `\nExamples:\n${examples.map((one) => `  $ ${one}`).join('\n')}`);
  return command.action(async (...received: unknown[]) => {
    const given = command.optsWithGlobals<Options>();
    const session = new Session(run, given);
    await act(session, received.slice(0, places.length) as (string | undefined)[], given);
    run.end(session.exitCode);
  });
}

/** A whole number from 1, e.g. an epoch. @throws CliError */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw usage(`${JSON.stringify(text)} is not 1, 2, 3, ...`);
}

/** @throws CliError when it was left out */
export function needed(text: string | undefined, what: string): string {
  if (text !== undefined && text !== '') return text;
  throw usage(`${what} is missing`);
}
