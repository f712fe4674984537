import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/** A server that the set-up found or obtained, and where it came from. */
export interface ServerBinary {
  readonly path: string;
  readonly version: string;
  readonly source: string; // env, path, cache, download, go install
  readonly why: string;
}
export interface Servers {
  readonly temporal: ServerBinary;
  readonly versitygw: ServerBinary | null;
  readonly registry: ServerBinary | null;
}

/** The folder in which servers and models are kept between runs. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  if (env.MERIDIAN_CACHE) return path.resolve(env.MERIDIAN_CACHE);
  return path.join(env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'meridian');
}

type Chosen = Readonly<Record<string, ServerBinary | (Omit<ServerBinary, 'path'> & { readonly path: null })>>;

/** What the set-up that started this process chose, else the last one. @throws Error that says to run it */
export function readServers(env: NodeJS.ProcessEnv): Servers {
  const chosen = chosenServers(env);
  const server = (name: string): ServerBinary | null => {
    const found = chosen[name];
    return found && found.path !== null ? (found as ServerBinary) : null;
  };
  const temporal = server('temporal');
  if (!temporal) throw new Error('no Temporal server is known: run `npm run setup` first');
  return { temporal, versitygw: server('versitygw'), registry: server('registry') };
}

function chosenServers(env: NodeJS.ProcessEnv): Chosen {
  if (env.MERIDIAN_SERVERS) return JSON.parse(env.MERIDIAN_SERVERS) as Chosen;
  const file = path.join(cacheFolder(env), 'servers.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Chosen;
  } catch {
    throw new Error(`no servers are known in ${file}: run \`npm run setup\` first`);
  }
}
