/**
 * Makes dist/: every source as CommonJS, other files copied, and the workflows as one bundle. Only what changed since
 * the last build is made again. `node stack/build.mjs [--clean] [--no-bundle]`
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './setup/lock.mjs';
import { DIST, ROOT } from './setup/paths.mjs';

const FOLDERS = [
  ...['domain', 'ports', 'disk', 'distribution', 'adapters', 'serving', 'activities', 'workflows'],
  ...['workers', 'api', 'console', 'cli', 'stack', 'bench'],
];
// What the benches share with the tests. An image is built without them, and its benches do not run.
const SHARED = [
  ...['fleet-policy', 'fleet-region', 'freight', 'processes', 'servers', 'temporal'].map((name) => `support/${name}`),
  ...['simulation/world/people', 'unit/domain/judge-world'],
].map((file) => `test/${file}.ts`);
const BUNDLED = ['workflows', 'domain']; // all that workflows may import values from
const BUNDLE = 'workflow-bundle.js';
const STAMPS = '.stamps.json';
const LEFT_OUT = /(\.d\.ts|\.mjs|\.md|~)$/;
const SWC = {
  swcrc: false,
  sourceMaps: 'inline',
  jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
  module: { type: 'commonjs' },
};

/** @returns how many files were compiled, copied and removed, and whether the bundle was made again */
export async function build({ clean = false, bundle = true, onWait } = {}) {
  if (clean) rmSync(DIST, { recursive: true, force: true });
  return withLock(path.join(DIST, '.lock'), () => buildAlone(bundle), onWait);
}

async function buildAlone(bundle) {
  const shared = SHARED.filter((file) => existsSync(path.join(ROOT, file)));
  const sources = [...FOLDERS.flatMap((folder) => filesUnder(folder)), ...shared];
  const tools = toolStamp();
  const before = readStamps(tools);
  const stamps = Object.fromEntries(sources.map((source) => [source, stampOf(source)]));
  const stale = sources.filter((source) => stamps[source] !== before[source] || !existsSync(targetOf(source)));

  const gone = Object.keys(before).filter((source) => source !== BUNDLE && source !== 'tools' && !stamps[source]);
  for (const source of gone) rmSync(targetOf(source), { force: true });
  const compiled = stale.filter((source) => source.endsWith('.ts'));
  const copied = stale.filter((source) => !source.endsWith('.ts'));
  await compile(compiled);
  for (const source of copied) write(targetOf(source), readFileSync(path.join(ROOT, source)));

  const bundleStamp = stampOfBundle(stamps);
  const wanted = bundle && existsSync(path.join(ROOT, 'workflows/index.ts'));
  const bundled = wanted && (before[BUNDLE] !== bundleStamp || !existsSync(path.join(DIST, BUNDLE)));
  const done = { ...stamps, tools, [BUNDLE]: before[BUNDLE] };
  write(path.join(DIST, STAMPS), JSON.stringify(done));
  if (bundled) {
    await makeBundle();
    write(path.join(DIST, STAMPS), JSON.stringify({ ...done, [BUNDLE]: bundleStamp }));
  }
  return { compiled: compiled.length, copied: copied.length, removed: gone.length, bundled };
}

async function compile(sources) {
  if (sources.length === 0) return;
  const { transformFile } = await import('@swc/core');
  const problems = [];
  const one = async (source) => {
    try {
      const sourceFileName = path.relative(path.dirname(targetOf(source)), path.join(ROOT, source));
      const { code } = await transformFile(path.join(ROOT, source), { ...SWC, sourceFileName });
      write(targetOf(source), code);
    } catch (error) {
      problems.push(`${source}: ${error.message}`);
    }
  };
  await Promise.all(sources.map(one));
  if (problems.length > 0) throw new Error(`${problems.length} files do not compile\n${problems.join('\n')}`);
}

async function makeBundle() {
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const workflowsPath = path.join(ROOT, 'workflows/index.ts');
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  write(path.join(DIST, BUNDLE), code);
}

function filesUnder(folder) {
  if (!existsSync(path.join(ROOT, folder))) return [];
  return readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !LEFT_OUT.test(entry.name))
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

const targetOf = (source) => path.join(DIST, source.replace(/\.ts$/, '.js'));

function stampOf(source) {
  const { mtimeMs, size } = statSync(path.join(ROOT, source));
  return `${mtimeMs}/${size}`;
}

function stampOfBundle(stamps) {
  const inputs = Object.entries(stamps).filter(([source]) => BUNDLED.includes(source.split(path.sep)[0]));
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex');
}

/** Changes when anything else changes that a build depends on: then everything is made again. */
function toolStamp() {
  const hash = createHash('sha256').update(JSON.stringify(SWC));
  return hash.update(readFileSync(path.join(ROOT, 'package-lock.json'))).digest('hex');
}

function readStamps(tools) {
  try {
    const stamps = JSON.parse(readFileSync(path.join(DIST, STAMPS), 'utf8'));
    return stamps.tools === tools ? stamps : {};
  } catch {
    return {}; // no build yet, or one that was interrupted
  }
}

function write(file, content) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.tmp`, content);
  renameSync(`${file}.tmp`, file); // a process that starts meanwhile sees the old file or the new one
}

export const told = ({ compiled, copied, removed, bundled }) =>
  compiled + copied + removed === 0 && !bundled
    ? 'up to date'
    : `${compiled} compiled, ${copied} copied, ${removed} removed, workflow bundle ${bundled ? 'made' : 'up to date'}`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [clean, bundle] = [process.argv.includes('--clean'), !process.argv.includes('--no-bundle')];
  const outcome = await build({ clean, bundle }).catch((error) => error);
  if (outcome instanceof Error) {
    process.stderr.write(`build: ${outcome.message}\n`);
    process.exitCode = 1;
  } else if (told(outcome) !== 'up to date') {
    process.stderr.write(`build: ${told(outcome)}\n`);
  }
}
