import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const MAIN = path.resolve(__dirname, '../../dist/stack/manifest.js');

export interface ManifestServer {
  readonly url: string;
  readonly port: string;
  readonly process: ChildProcess;
  /** Ends it by the signal. @returns its exit code; null when the signal ended it */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

export const freshDirectory = () => mkdtempSync(path.join(tmpdir(), 'meridian-manifest-'));

/** Starts the embedded manifest as a process. @throws Error with what it said when it ends before it is ready */
export async function startManifest(directory: string, port = '0'): Promise<ManifestServer> {
  const child = spawn(process.execPath, [MAIN, '--directory', directory, '--port', port]);
  const ready = await new Promise<{ url: string }>((resolve, reject) => {
    let said = '';
    child.stderr.on('data', (text: Buffer) => (said += text.toString()));
    child.stdout.once('data', (line: Buffer) => resolve(JSON.parse(line.toString()) as { url: string }));
    child.once('close', (code) => reject(new Error(`exit ${code}: ${said}`)));
  });
  const stop = async (signal: 'SIGTERM' | 'SIGKILL') => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const ended = once(child, 'exit');
    child.kill(signal);
    const [code] = (await ended) as [number | null];
    return code;
  };
  return { url: ready.url, port: new URL(ready.url).port, process: child, stop };
}
