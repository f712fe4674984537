import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './paths.mjs';
import { run } from './run.mjs';

const OLDEST_NODE = [20, 19]; // the first 20.x whose require() loads the packages that are ES modules only

/** @throws Error that says which version to get */
export function requireNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  throw new Error(`this is Node ${version}: meridian needs Node ${OLDEST_NODE.join('.')} or newer (20 LTS, 22, 24)`);
}

/** Installs what package-lock.json says, unless it is installed already. */
export async function installDependencies(say) {
  const stale = firstDifference();
  if (stale === undefined) return say('up to date');
  say(`npm ci (${stale})`);
  const [command, ...args] = npm();
  // The CPU build comes inside onnxruntime-node; its install script would fetch an accelerator's from elsewhere.
  const env = { ONNXRUNTIME_NODE_INSTALL: 'skip' };
  await run(command, [...args, 'ci', '--no-audit', '--no-fund'], { cwd: ROOT, env });
  say(`installed with npm ci (${stale})`);
}

/** @returns in words what node_modules lacks, or undefined when it is what the lock file says */
function firstDifference() {
  const installed = packagesIn(path.join(ROOT, 'node_modules/.package-lock.json')); // npm writes it when it is done
  if (installed === undefined) return 'nothing is installed';
  for (const [name, { version, optional }] of Object.entries(packagesIn(path.join(ROOT, 'package-lock.json')) ?? {})) {
    const found = installed[name]?.version;
    if (name === '' || found === version || (optional && found === undefined)) continue;
    return `${name.replace(/^.*node_modules\//, '')} is ${found ?? 'missing'}, not ${version}`;
  }
  return undefined;
}

function packagesIn(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : undefined;
}

/** The npm that runs us, else the one that came with this Node, else the one on PATH. */
function npm() {
  const beside = path.resolve(process.execPath, '../../lib/node_modules/npm/bin/npm-cli.js');
  const script = [process.env.npm_execpath, beside].find((file) => file?.endsWith('npm-cli.js') && existsSync(file));
  if (script) return [process.execPath, script];
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm'];
}
