import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { DIST } from './dist';

/** Sees to it that a stack's processes end with the process that started them, also when that one is killed. */
export class Reaper {
  private child: ChildProcess | undefined;

  started(pid: number): void {
    this.note(`+${pid}`);
  }

  ended(pid: number): void {
    this.note(`-${pid}`);
  }

  /** Ends what is left. Idempotent. */
  close(): void {
    this.child?.stdin?.end();
    this.child = undefined;
  }

  private note(line: string): void {
    this.child ??= start();
    this.child.stdin?.write(`${line}\n`);
  }
}

function start(): ChildProcess {
  const child = spawn(process.execPath, [path.join(DIST, 'stack/reaper-process.js')], {
    ...{ stdio: ['pipe', 'ignore', 'ignore'], detached: true },
  });
  child.stdin?.on('error', () => undefined); // it was killed itself; then nobody is left to reap
  child.unref();
  return child;
}
