import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ServerProcess {
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

/** Starts a server and waits until `isUp`. @throws Error with what it printed when it ends first or is not up in 20 s */
export async function startServer(
  binary: string,
  args: readonly string[],
  { env = {}, isUp }: { readonly env?: Record<string, string>; readonly isUp: () => Promise<boolean> },
): Promise<ServerProcess> {
  const child = spawn(binary, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const output of [child.stdout, child.stderr]) {
    output.on('data', (chunk: Buffer) => (printed = (printed + chunk.toString('utf8')).slice(-4000)));
  }
  for (let waited = 0; waited < 20_000; waited += 50) {
    if (child.exitCode !== null) throw new Error(`${binary} ended with ${child.exitCode}: ${printed}`);
    if (await isUp().catch(() => false)) return { child, stop: () => stop(child) };
    await sleep(50);
  }
  child.kill('SIGKILL');
  throw new Error(`${binary} was not up after 20 s: ${printed}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
