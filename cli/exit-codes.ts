/** How a command ends; documented in `meridian --help`. 2 is what shells expect of a wrong use, 130 of Ctrl-C. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  unreachable: 4,
  notFound: 5,
  invalid: 6,
  unanswered: 7,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_HELP = `
Exit codes:
  0  done; a watched promotion ended live
  1  it failed, or what was watched did not end live
  2  wrong use: arguments, key file
  3  refused: by the policy, the roster or the journey's own state
  4  the api or a part behind it does not answer
  5  there is no such model, promotion, digest or file
  6  what was given is not valid: fleet, model, freight, plan
  7  taken, but not answered in time: look at its status
  130  interrupted`;

/** What a person is told when a command cannot do its work: what, where, and what to do about it. */
export class CliError extends Error {
  constructor(
    readonly exitCode: ExitCode,
    message: string,
    readonly remedy?: string,
    readonly code = 'Failed', // for machines; the api's own where it has one
  ) {
    super(message);
    this.name = 'CliError';
  }
}

export function usage(message: string, remedy?: string): CliError {
  return new CliError(EXIT.usage, message, remedy, 'Usage');
}

export function notFound(message: string, remedy?: string): CliError {
  return new CliError(EXIT.notFound, message, remedy, 'NotFound');
}
