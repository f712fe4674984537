import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const DIST = path.join(ROOT, 'dist');

/** Where servers and models are kept between clones: MERIDIAN_CACHE, else XDG_CACHE_HOME or ~/.cache. */
export function cacheFolder(env = process.env) {
  if (env.MERIDIAN_CACHE) return path.resolve(env.MERIDIAN_CACHE);
  return path.join(env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'meridian');
}

export const binFolder = (env) => path.join(cacheFolder(env), 'bin');

/** What the last set-up chose, for processes that were not started by it. */
export const serversFile = (env) => path.join(cacheFolder(env), 'servers.json');
