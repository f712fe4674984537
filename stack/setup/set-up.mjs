import { existsSync } from 'node:fs';
import path from 'node:path';
import { build, told } from '../build.mjs';
import { installDependencies, requireNode } from './dependencies.mjs';
import { DIST, ROOT } from './paths.mjs';
import { SERVERS } from './pins.mjs';
import { createProgress } from './progress.mjs';
import { run } from './run.mjs';
import { findServer, keepServers } from './servers.mjs';

const MODELS = path.join(DIST, 'stack/models/build.js'); // makes the demo's models, once per digest

/**
 * Everything that a fresh clone needs: packages, servers, build, model files. Each part is skipped when it is there;
 * running it twice, twice at once, or after an interruption is safe.
 * @returns the servers, and the environment that tells child processes about them
 */
export async function setUp({ servers = Object.keys(SERVERS), models = true, progress = createProgress() } = {}) {
  const began = performance.now();
  requireNode();
  await progress.step('packages', installDependencies);
  const found = {};
  for (const name of servers) found[name] = await progress.step(name, (say) => oneServer(name, say));
  keepServers(found);
  await progress.step('build', makeDist);
  if (models && existsSync(MODELS)) await progress.step('models', makeModels);
  const setupMs = Math.round(performance.now() - began);
  return { servers: found, setupMs, env: { ...environmentOf(found), MERIDIAN_SETUP_MS: String(setupMs) } };
}

async function oneServer(name, say) {
  const server = await findServer(name, say);
  if (server.path) say(`${server.version} ${server.path} [${server.source}: ${server.why}]`);
  else say(`none, so ${server.fallback} takes its place; tried:\n${server.why}\n`);
  return server;
}

async function makeDist(say) {
  say(told(await build({ onWait: () => say('another build is running') })));
}

async function makeModels(say) {
  say('training, exporting and packing');
  const output = await run(process.execPath, [MODELS], { cwd: ROOT });
  say(output.trim().split('\n').at(-1) || 'done');
}

/** MERIDIAN_SERVERS is the whole answer as JSON; the variables of the paths are what a person would set. */
function environmentOf(found) {
  const env = { MERIDIAN_SERVERS: JSON.stringify(found) };
  for (const [name, { path: file }] of Object.entries(found)) if (file) env[SERVERS[name].variable] = file;
  return env;
}

/** Ends this process with a message instead of a stack: what went wrong is meant for the person who ran it. */
export function fail(error) {
  process.stderr.write(`\nset-up: ${error.message}\n`);
  process.exit(1);
}
