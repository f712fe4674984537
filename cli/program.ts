import { Command, CommanderError, type Argument } from 'commander';
import { Failure, FAILURES, type FailureType } from '../domain/failures';
import { abortCommand } from './commands/abort';
import { applyCommand } from './commands/apply';
import { doctorCommand } from './commands/doctor';
import { explainCommand } from './commands/explain';
import { historyCommand } from './commands/history';
import { keysCommand } from './commands/keys';
import { lineCommands } from './commands/line';
import { planCommand } from './commands/plan';
import { promoteCommand } from './commands/promote';
import { pushCommand } from './commands/push';
import { rollbackCommand } from './commands/rollback';
import { stackCommands } from './commands/stack';
import { statusCommand } from './commands/status';
import { steeringCommands } from './commands/steer';
import { watchCommand } from './commands/watch';
import { CliError, EXIT, EXIT_HELP, type ExitCode } from './exit-codes';
import type { Run } from './leaf';
import { withSharedOptions, type Surroundings } from './session';

/** Lines of help that are longer read badly. */
const MOST_COLUMNS = 100;

/** The `meridian` command. @returns its exit code; what it has to say is said */
export async function meridian(args: readonly string[], version: string, around: Surroundings): Promise<ExitCode> {
  let ended: ExitCode = EXIT.ok;
  const run: Run = { ...around, end: (code) => void (ended = code) };
  const program = programOf(run, version);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return ended;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage; // it was told
    return tell(error, args.includes('--json'), around);
  }
}

function programOf(run: Run, version: string): Command {
  const program = withSharedOptions(new Command('meridian'))
    .description('Brings a new version of an AI model live in every region, or leaves every region as it found it.')
    .version(version, '--version', 'print the version')
    .enablePositionalOptions()
    .helpCommand(false)
    .usage('<command> [options]')
    .addHelpText('after', EXIT_HELP);
  const groups: Readonly<Record<string, readonly Command[]>> = {
    'Promote:': [pushCommand(run), applyCommand(run), planCommand(run), promoteCommand(run), rollbackCommand(run)],
    'See:': [statusCommand(run), watchCommand(run), historyCommand(run), explainCommand(run)],
    'Steer a promotion:': [...steeringCommands(run), abortCommand(run)],
    'Steer a line:': lineCommands(run),
    'Keys and parts:': [keysCommand(run), doctorCommand(run), ...stackCommands(run)],
  };
  for (const [title, commands] of Object.entries(groups)) {
    for (const command of commands) program.addCommand(command.helpGroup(title));
  }
  settle(program, run);
  return program;
}

/** How every command speaks: to this terminal, at its width, and without ending the process. */
function settle(command: Command, { terminal }: Pick<Run, 'terminal'>): void {
  const outputError = (text: string) => terminal.note(text.replace(/^error: /, 'meridian: '));
  command.exitOverride().configureHelp({
    helpWidth: Math.min(terminal.width, MOST_COLUMNS),
    subcommandTerm: (child) => [child.name(), ...child.registeredArguments.map(placeOf)].join(' '),
  });
  command.configureOutput({
    ...{ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.note(text), outputError },
  });
  for (const child of command.commands) settle(child, { terminal });
}

function placeOf(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

const EXIT_OF: Readonly<Partial<Record<FailureType, ExitCode>>> = {
  ...{ FreightNotFound: EXIT.notFound, AccessDenied: EXIT.refused, InvalidFreight: EXIT.invalid },
  ...{ InvalidPlan: EXIT.invalid, DigestMismatch: EXIT.invalid, Unsupported: EXIT.invalid },
};

const INTERRUPTED = new CliError(EXIT.interrupted, 'interrupted', undefined, 'Interrupted');

/** Says what went wrong, where and what to do, on stderr; as JSON where that was asked for. */
function tell(error: unknown, json: boolean, { terminal }: Surroundings): ExitCode {
  const told = terminal.interrupted.aborted ? INTERRUPTED : toldError(error);
  if (json) {
    const { code, message, remedy, exitCode } = told;
    terminal.note(`${JSON.stringify({ error: { code, message, remedy, exitCode } })}\n`);
  } else {
    terminal.note(`meridian: ${told.message}\n${told.remedy === undefined ? '' : `  ${told.remedy}\n`}`);
  }
  return told.exitCode;
}

/** Parsers of names say `not a ...`; any other TypeError is a bug of ours. */
function toldError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  if (error instanceof Failure) {
    const exitCode = EXIT_OF[error.type] ?? (FAILURES[error.type].retryable ? EXIT.unreachable : EXIT.failed);
    return new CliError(exitCode, error.message, undefined, error.type);
  }
  if (error instanceof TypeError && /^not a /.test(error.message))
    return new CliError(EXIT.usage, error.message, undefined, 'Usage');
  return new CliError(EXIT.failed, error instanceof Error ? error.message : String(error));
}
