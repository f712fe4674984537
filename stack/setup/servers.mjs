import { accessSync, constants, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withLock } from './lock.mjs';
import { cachedPath, fromRelease, fromSource } from './obtain.mjs';
import { cacheFolder, serversFile } from './paths.mjs';
import { SERVERS } from './pins.mjs';
import { run } from './run.mjs';

const VERSION_MS = 20_000; // a cold binary of 250 MB on a loaded disk

/**
 * Finds or obtains one server, in this order: the path that the environment names, PATH, the cache, the official
 * release, `go install`. @returns { path, version, source, why }; where none can be had but the stack can do without,
 * { path: null, version: null, source: 'none', fallback, why }.
 * @throws Error that says what was tried and what to do: no fallback, or an explicit path that will not do
 */
export async function findServer(name, say) {
  const server = SERVERS[name];
  const explicit = process.env[server.variable];
  if (explicit)
    return { ...(await requireSuitable(server, explicit)), source: 'env', why: `${server.variable} names it` };

  const tried = [`${server.variable} is not set`];
  const onPath = await firstOnPath(server, tried);
  if (onPath) return { ...onPath, source: 'path', why: 'on PATH, and it will do' };

  const obtained = await fromCache(name, server, say, tried);
  if (obtained) return obtained;
  const why = tried.map((line) => `    ${line}`).join('\n');
  const remedy = `    get ${server.needs} and set ${server.variable} to it, or install Go and run the set-up again`;
  if (!server.fallback) throw new Error(`no ${server.title}\n  tried:\n${why}\n  what to do:\n${remedy}`);
  return { path: null, version: null, source: 'none', fallback: server.fallback, why: `${why}\n  for it:\n${remedy}` };
}

async function requireSuitable(server, given) {
  const file = path.resolve(given);
  const { version, problem } = await judge(server, file);
  if (problem) throw new Error(`${server.variable}=${given} ${problem}; it must name ${server.needs}`);
  return { path: file, version };
}

async function judge(server, file) {
  if (!isExecutable(file)) return { problem: 'is not an executable file' };
  try {
    return server.judge(await run(file, ['--version'], { timeoutMs: VERSION_MS }));
  } catch {
    return { problem: 'does not answer --version' };
  }
}

async function firstOnPath(server, tried) {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const files = server.commands.flatMap((command) => folders.map((folder) => path.join(folder, command + suffix)));
  const candidates = files.filter(isExecutable);
  if (candidates.length === 0) tried.push(`no ${server.commands.join(' or ')} on PATH`);
  for (const file of candidates) {
    const { version, problem } = await judge(server, file);
    if (!problem) return { path: file, version };
    tried.push(`${file} on PATH ${problem}`);
  }
  return undefined;
}

/** Takes it from the cache, which is filled first where it has to be: one process at a time for each server. */
async function fromCache(name, server, say, tried) {
  const file = cachedPath(name, server);
  const found = async (source, why) => ({ path: file, version: server.version, source, why });
  const work = async () => {
    if (await isWhole(server, file, tried)) return found('cache', 'kept from an earlier set-up');
    for (const [source, obtain, why] of [
      ['download', fromRelease, 'the official release'],
      ['go install', fromSource, 'built here from the published module'],
    ]) {
      try {
        await obtain(name, server, say);
        if (await isWhole(server, file, tried)) return found(source, why);
      } catch (error) {
        tried.push(`${source}: ${error.message.replaceAll('\n', '\n      ')}`);
      }
    }
    return undefined;
  };
  if (existsSync(file)) return work();
  const waits = (holder) => say(`another set-up${holder ? ` (process ${holder.pid})` : ''} is getting it`);
  return withLock(path.join(cacheFolder(), 'bin', `.${name}@${server.version}.lock`), work, waits);
}

async function isWhole(server, file, tried) {
  if (!existsSync(file)) return false;
  const { problem } = await judge(server, file);
  if (problem) tried.push(`${file} ${problem}`);
  return !problem;
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Keeps what was found for processes that this set-up does not start; `found` replaces those of the same name. */
export function keepServers(found) {
  const file = serversFile();
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.${process.pid}`, `${JSON.stringify(found, null, 2)}\n`);
  renameSync(`${file}.${process.pid}`, file);
}
