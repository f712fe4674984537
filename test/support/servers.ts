import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

export type ServerName = 'temporal' | 'versitygw' | 'registry';

/** One server as the set-up found it. `path` is null where there is none; `why` then says what was tried. */
export interface FoundServer {
  readonly path: string | null;
  readonly version: string | null;
  readonly source: string;
  readonly why: string;
}

/** What names a server explicitly; the same names as in the set-up. */
const VARIABLE: Record<ServerName, string> = {
  temporal: 'TEMPORAL_CLI_PATH',
  versitygw: 'MERIDIAN_VERSITYGW_PATH',
  registry: 'MERIDIAN_REGISTRY_PATH',
};

/** The binary of a server, or undefined: from the environment, else as the last set-up kept it (`npm run setup`). */
export function serverPath(name: ServerName, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const found = env[VARIABLE[name]] ?? keptServers(env)[name]?.path ?? undefined;
  return found !== undefined && existsSync(found) ? found : undefined;
}

/** As `serverPath`, for a test that cannot do without. @throws Error that says how to get the server */
export function requireServer(name: ServerName): string {
  const found = serverPath(name);
  if (found) return found;
  throw new Error(`no ${name}: run \`npm run setup\`, or set ${VARIABLE[name]} to its binary`);
}

/** A suite on a real server: skipped, and counted as skipped, where the set-up could not get it. */
export function describeWithServer(name: ServerName, title: string, suite: (binary: string) => void): void {
  const found = serverPath(name);
  if (found) describe(title, () => suite(found));
  else describe.skip(`${title} (no ${name}: set ${VARIABLE[name]})`, () => suite(''));
}

function keptServers(env: NodeJS.ProcessEnv): Partial<Record<ServerName, FoundServer>> {
  if (env.MERIDIAN_SERVERS) return JSON.parse(env.MERIDIAN_SERVERS) as Partial<Record<ServerName, FoundServer>>;
  const cache = env.MERIDIAN_CACHE ?? path.join(env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'meridian');
  const file = path.join(cache, 'servers.json');
  if (!existsSync(file)) return {};
  return JSON.parse(readFileSync(file, 'utf8')) as Partial<Record<ServerName, FoundServer>>;
}
