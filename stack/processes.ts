import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** How one process of the stack is started, each time the same. */
export interface ProcessSpec {
  readonly name: string; // e.g. `eu-north gateway`; also names its log
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Resolves when the process serves. Default: it prints a line of JSON with `"ready":true`. */
  readonly ready?: ((signal: AbortSignal) => Promise<void>) | undefined;
  readonly readyMs?: number; // default 60 s
  readonly onLine?: (line: string) => void; // each line of its stdout
}

/** Whoever has to know of every start and end of a process. */
export interface ProcessWatcher {
  started(process: StackProcess, pid: number): void;
  ended(process: StackProcess, pid: number, how: string): void; // how: the signal or the exit code
}

const STOP_MS = 12_000; // then SIGKILL: longer than any part's own time to drain

/** One process of the stack: started, watched, killed on purpose, started again. */
export class StackProcess {
  private child: ChildProcess | undefined;
  private stopping = false;

  constructor(
    readonly spec: ProcessSpec,
    private readonly logDir: string,
    private readonly watcher?: ProcessWatcher,
  ) {}

  get pid(): number | undefined {
    return this.child?.pid;
  }
  get isRunning(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }
  get logFile(): string {
    return path.join(this.logDir, `${this.spec.name.replaceAll(' ', '-')}.log`);
  }

  /** Starts it and waits until it serves. @throws Error with the end of its log when it does not */
  async start(): Promise<void> {
    this.stopping = false;
    const { command, args, env, ready, readyMs = 60_000, onLine } = this.spec;
    const child = spawn(command, args, {
      env: { ...inherited(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // Ctrl-C is for the process that started the stack, which ends the parts in order
    });
    this.child = child;
    this.watch(child);
    const log = logOf(child, this.logFile);
    const lines = createInterface({ input: child.stdout });
    const announced = new Promise<void>((resolve) => {
      lines.on('line', (line) => {
        if (onLine) onLine(line);
        else if (log.writable) log.write(`${line}\n`);
        if (line.startsWith('{') && line.includes('"ready":true')) resolve();
      });
    });
    const limit = new AbortController();
    const died = new Promise<never>((_, reject) => {
      child.once('error', (err) => reject(new Error(`${this.spec.name} could not be started: ${err.message}`)));
      child.once('exit', (code, signal) =>
        reject(new Error(`${this.spec.name} ended (${signal ?? code}); its log: ${this.logFile}`)),
      );
    });
    died.catch(() => undefined); // a later end is seen by isRunning
    const late = setTimeout(
      () => limit.abort(new Error(`${this.spec.name} did not get ready in ${readyMs} ms; its log: ${this.logFile}`)),
      readyMs,
    );
    const aborted = new Promise<never>((_, reject) =>
      limit.signal.addEventListener('abort', () => reject(limit.signal.reason as Error)),
    );
    aborted.catch(() => undefined);
    try {
      await Promise.race([ready ? ready(limit.signal) : announced, died, aborted]);
    } finally {
      clearTimeout(late);
    }
  }

  /** Ends it in order; by force when that takes too long. Idempotent. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.end('SIGTERM');
  }

  /** Kills it at once, as a crash would. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  get wasStopped(): boolean {
    return this.stopping;
  }

  private watch(child: ChildProcess): void {
    const { pid } = child;
    if (pid === undefined) return; // it could not be started
    this.watcher?.started(this, pid);
    child.once('exit', (code, signal) => this.watcher?.ended(this, pid, signal ?? `exit code ${code}`));
  }

  private async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const { child } = this;
    if (!child || !this.isRunning) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await gone;
    clearTimeout(force);
  }
}

/** What a child says on stderr, in its log. One that cannot be kept, on a full disk, neither ends nor blocks the child. */
function logOf(child: ChildProcess, file: string): WriteStream {
  const log = createWriteStream(file, { flags: 'a' });
  child.stderr?.pipe(log, { end: false });
  log.on('error', () => {
    child.stderr?.unpipe(log);
    child.stderr?.resume();
  });
  child.once('close', () => log.end());
  return log;
}

/** What a child needs of this process's own environment; nothing of meridian's, which each part gets by name. */
function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ', 'SystemRoot'];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

/** Asks a URL until it answers at all. @throws the signal's reason */
export async function untilAnswers(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const answer = await fetch(url, { signal: AbortSignal.timeout(1_000) }).catch(() => undefined);
    if (answer) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
