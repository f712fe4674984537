import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Person } from '../credentials';
import { DIST } from '../dist';

const run = promisify(execFile);
const CLI = path.join(DIST, 'cli/main.js');

/** The `meridian` command as a person would run it, with that person's key. */
export class Operator {
  constructor(private readonly api: string) {}

  /** @returns what it printed as JSON. @throws Error with its own words */
  async meridian<T>(args: readonly string[], person?: Person): Promise<T> {
    const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', MERIDIAN_API: this.api };
    const key = person ? { MERIDIAN_KEY_FILE: person.keyFile } : {};
    try {
      const { stdout } = await run(process.execPath, [CLI, ...args, '--json'], {
        env: { ...env, ...key },
        maxBuffer: 2 ** 24,
      });
      return JSON.parse(stdout) as T;
    } catch (err) {
      const { stderr = '', stdout = '', message } = err as { stderr?: string; stdout?: string; message: string };
      throw new Error(`meridian ${args.join(' ')}: ${stderr.trim() || stdout.trim() || message}`);
    }
  }
}
