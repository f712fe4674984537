import type { Command } from 'commander';
import type { Clock } from '../ports/clock';
import type { Registry } from '../ports/registry';
import type { LineState } from '../workflows/contract';
import { ApiClient } from './api-client';
import { CliError, EXIT, notFound, usage, type ExitCode } from './exit-codes';
import { isOpenToOthers, readKeyFile, type Key } from './key-file';
import { coloured, plain, type Paint } from './render/paint';
import type { Terminal } from './terminal';

/** What stands around a command: real in `main.ts`, of memory in tests. */
export interface Surroundings {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly registryAt: (ref: RegistryChoice) => Registry;
}
export interface RegistryChoice {
  readonly location: string; // http(s) URL of an OCI registry, else the folder of image layouts
  readonly credentials?: { readonly username: string; readonly password: string };
}

interface SharedOptions {
  readonly api?: string;
  readonly key?: string;
  readonly json?: boolean;
}

const API = 'http://127.0.0.1:7300';

/** Options that every command takes, before or after its name. */
export function withSharedOptions(command: Command): Command {
  return command
    .option('--api <url>', `the api to speak to (default: MERIDIAN_API, else ${API})`)
    .option('--key <file>', 'the key to sign with (default: MERIDIAN_KEY_FILE)')
    .option('--json', 'print JSON, for machines');
}

/** One run of a command: whom it speaks to, with whose key, and how it prints. */
export class Session {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly json: boolean;
  readonly paint: Paint;
  readonly api: ApiClient;
  exitCode: ExitCode = EXIT.ok;
  private readonly keyFile: string | undefined;

  constructor(
    readonly surroundings: Surroundings,
    { api, key, json = false }: SharedOptions,
  ) {
    const { terminal, clock } = surroundings;
    this.terminal = terminal;
    this.clock = clock;
    this.json = json;
    this.paint = terminal.colours && !json ? coloured : plain;
    this.api = new ApiClient(addressOf(api ?? (terminal.env.MERIDIAN_API || API)), terminal.interrupted);
    this.keyFile = key ?? (terminal.env.MERIDIAN_KEY_FILE || undefined);
  }

  get width(): number {
    return this.terminal.width;
  }

  /** The path of the key to sign with. @throws CliError when none is named */
  get keyPath(): string {
    if (this.keyFile !== undefined) return this.keyFile;
    throw usage('this is signed, and no key is named', 'name your key file with --key or MERIDIAN_KEY_FILE');
  }

  /** The key to sign with. */
  key(): Key {
    const key = readKeyFile(this.keyPath);
    if (isOpenToOthers(this.keyPath)) {
      this.note(`warning: others may read ${this.keyPath}: chmod 600 ${this.keyPath}`);
    }
    return key;
  }

  /** Prints an answer: as JSON where that was asked for, else as a person reads it. */
  print(answer: unknown, lines: () => readonly string[]): void {
    if (this.json) this.terminal.out(`${JSON.stringify(answer, null, 2)}\n`);
    else
      this.terminal.out(
        lines()
          .map((line) => `${line}\n`)
          .join(''),
      );
  }

  /** A line beside the answer, on stderr. */
  note(line: string): void {
    this.terminal.note(`${line}\n`);
  }

  nowMs(): number {
    return this.clock.nowMs();
  }
}

function addressOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed && /^https?:$/.test(parsed.protocol)) return url.replace(/\/+$/, '');
  throw usage(`${JSON.stringify(url)} is no address of an api`, `say it as ${API}`);
}

/**
 * The promotion that a command means: the one named by its epoch, else the one under way.
 * @throws CliError when none is under way
 */
export async function epochOf({ api }: Session, model: string, epoch: number | undefined): Promise<number> {
  if (epoch !== undefined) return epoch;
  const { current, beside, history } = await api.line(model);
  if (current) return current.epoch;
  const aside = beside.map((one) => one.epoch).join(', ');
  if (aside)
    throw notFound(
      `${model} has no promotion under way; held or stuck beside the line: ${aside}`,
      'name it: --epoch N',
    );
  const last = history[0];
  const before = last ? `; the last one, epoch ${last.epoch}, ended ${last.outcome}` : '';
  throw notFound(`${model} has no promotion under way${before}`, `start one with: meridian promote ${model}`);
}

/** A model that was never offered anything has no line yet; that is no mistake. @returns null then */
export async function lineOf({ api }: Session, model: string): Promise<LineState | null> {
  try {
    return await api.line(model);
  } catch (error) {
    const isUnstarted =
      error instanceof CliError && error.exitCode === EXIT.notFound && /^there is no line\//.test(error.message);
    if (isUnstarted) return null;
    throw error;
  }
}
