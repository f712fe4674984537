import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type { Requirements } from '../../domain/freight';
import type { Network } from './network';
import { MODEL, VERSIONS, type VersionRecipe } from './recipe';
import { readModelIndex, writeModelFile, type ModelIndex, type ModelVersion } from './version-files';
import { makeVersion, type MadeVersion } from './versions';

/** What every version of the detector asks of a region; loading takes about three times the table. */
const REQUIRES: Requirements = { runtime: 'onnxruntime', gpu: 'none', memoryBytes: 128 * 1024 * 1024 };

const MAKING = '.making-';
const STALE_MS = 3_600_000; // a build takes half a minute

export interface BuildOptions {
  readonly outDir: string; // holds one folder for each recipe
  readonly onProgress?: (progress: BuildProgress) => void;
}
export interface BuildProgress {
  readonly version: string;
  readonly doing: string; // for people
  readonly fraction: number; // of this version, 0..1
}
export interface BuiltModels {
  readonly folder: string; // `<folder>/<version>/<file>`
  readonly index: ModelIndex;
  readonly cached: boolean; // they were there
}

/**
 * Makes the demo's versions, or finds them: the folder's name is the digest of all that decides their bytes, so a second
 * call returns at once. Interrupted or run twice at a time, it leaves a whole folder or none. Deterministic.
 */
export async function buildModels({ outDir, onProgress }: BuildOptions): Promise<BuiltModels> {
  const recipe = await recipeDigest();
  const folder = path.join(path.resolve(outDir), recipe.slice('sha256:'.length, 'sha256:'.length + 12));
  const found = await readModelIndex(folder, recipe);
  if (found) return { folder, index: found, cached: true };
  await sweep(path.resolve(outDir));
  const making = `${folder}${MAKING}${randomUUID()}`;
  try {
    const versions = await makeAll(making, onProgress);
    const index: ModelIndex = { model: MODEL, recipe, versions };
    await writeFile(path.join(making, 'index.json'), `${JSON.stringify(index, null, 2)}\n`);
    await rm(folder, { recursive: true, force: true });
    await rename(making, folder);
    return { folder, index, cached: false };
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

/** Removes what builds left that were killed. */
async function sweep(outDir: string): Promise<void> {
  for (const name of await readdir(outDir).catch(() => [])) {
    const left = path.join(outDir, name);
    if (!name.includes(MAKING)) continue;
    const { mtimeMs } = await stat(left).catch(() => ({ mtimeMs: Infinity })); // gone meanwhile
    if (mtimeMs < Date.now() - STALE_MS) await rm(left, { recursive: true, force: true });
  }
}

async function makeAll(folder: string, onProgress?: BuildOptions['onProgress']): Promise<ModelVersion[]> {
  await mkdir(folder, { recursive: true });
  const networks = new Map<string, Network>();
  const versions: ModelVersion[] = [];
  for (const recipe of VERSIONS) {
    const { version } = recipe;
    onProgress?.({ version, doing: recipe.kind, fraction: 0 });
    const made = await makeVersion(recipe, networks, (fraction) =>
      onProgress?.({ version, doing: recipe.kind, fraction }),
    );
    networks.set(version, made.network);
    versions.push(await writeVersion(path.join(folder, version), recipe, made));
    onProgress?.({ version, doing: 'written', fraction: 1 });
  }
  return versions;
}

async function writeVersion(folder: string, recipe: VersionRecipe, made: MadeVersion): Promise<ModelVersion> {
  const { version, about } = recipe;
  const from = recipe.kind === 'trained' ? null : recipe.from;
  const config = { model: MODEL, version, about, from, requires: REQUIRES };
  const files = [
    await writeModelFile(folder, 'model.onnx', [made.model]),
    await writeModelFile(folder, 'model.safetensors', made.safetensors),
    await writeModelFile(folder, 'golden.jsonl', [Buffer.from(made.goldenSet)]),
    await writeModelFile(folder, 'config.json', [Buffer.from(`${JSON.stringify(config, null, 2)}\n`)]),
  ];
  return { version, about, from, areaUnderCurve: made.areaUnderCurve, requires: REQUIRES, files };
}

/** Digest of the code in this folder: recipe, seeds, training, export. */
async function recipeDigest(): Promise<string> {
  const sha256 = createHash('sha256');
  for (const name of (await readdir(__dirname)).sort()) {
    sha256.update(`${name}\n`).update(await readFile(path.join(__dirname, name)));
  }
  return `sha256:${sha256.digest('hex')}`;
}

/** Where the set-up keeps models between clones. */
export function modelsFolder(env: NodeJS.ProcessEnv): string {
  const cache = env['MERIDIAN_CACHE'] ?? path.join(env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache'), 'meridian');
  return path.join(path.resolve(cache), 'models');
}

async function main(): Promise<void> {
  const [flag, value] = process.argv.slice(2);
  if (flag !== undefined && (flag !== '--out' || !value)) throw new Error('usage: build.js [--out DIR]');
  let last = '';
  const onProgress = ({ version, doing, fraction }: BuildProgress) => {
    const line = `models: ${version} ${doing}${fraction > 0 && fraction < 1 ? ` ${Math.floor(fraction * 4) * 25}%` : ''}`;
    if (line !== last) process.stderr.write(`${line}\n`);
    last = line;
  };
  const { folder, index, cached } = await buildModels({ outDir: value ?? modelsFolder(process.env), onProgress });
  process.stdout.write(`${JSON.stringify({ folder, cached, versions: index.versions.length })}\n`);
}

if (require.main === module) {
  main().catch((error: unknown) => {
    process.stderr.write(`models: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
