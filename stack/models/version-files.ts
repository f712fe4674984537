import { createHash } from 'node:crypto';
import { mkdir, open, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { MEDIA_TYPES, type Requirements } from '../../domain/freight';
import { parseDigest, type Digest } from '../../domain/ids';

/** One file of a version's folder. */
export interface ModelFile {
  readonly path: string; // relative to the version's folder
  readonly digest: Digest;
  readonly bytes: number;
  readonly mediaType: string;
}
/** One version, as `index.json` names it. */
export interface ModelVersion {
  readonly version: string; // `v1`..`v6`; also the folder's name
  readonly about: string;
  readonly from: string | null; // the version it was made of
  readonly areaUnderCurve: number | null; // on unseen transactions; null: not asked, it was converted
  readonly requires: Requirements;
  readonly files: readonly ModelFile[];
}
export interface ModelIndex {
  readonly model: string;
  readonly recipe: string; // digest of all that decides the bytes
  readonly versions: readonly ModelVersion[];
}

const MEDIA_TYPE_OF: Readonly<Record<string, string>> = {
  'model.onnx': MEDIA_TYPES.weights,
  'model.safetensors': MEDIA_TYPES.weights,
  'golden.jsonl': MEDIA_TYPES.golden,
  'config.json': MEDIA_TYPES.config,
};

/** Writes one file through to the disk, hashing what it writes. */
export async function writeModelFile(folder: string, name: string, runs: readonly Uint8Array[]): Promise<ModelFile> {
  await mkdir(folder, { recursive: true });
  const sha256 = createHash('sha256');
  let bytes = 0;
  const file = await open(path.join(folder, name), 'w');
  try {
    for (const run of runs) {
      await file.writeFile(run);
      sha256.update(run);
      bytes += run.byteLength;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  const digest = parseDigest(`sha256:${sha256.digest('hex')}`);
  return { path: name, digest, bytes, mediaType: MEDIA_TYPE_OF[name] ?? 'application/octet-stream' };
}

/** The index of a folder that was finished under this recipe and is still whole (every file there, with its size); else undefined. */
export async function readModelIndex(folder: string, recipe: string): Promise<ModelIndex | undefined> {
  try {
    const index = JSON.parse(await readFile(path.join(folder, 'index.json'), 'utf8')) as ModelIndex; // written by us, and renamed into place whole
    if (index.recipe !== recipe) return undefined;
    for (const { version, files } of index.versions) {
      for (const file of files) {
        const { size } = await stat(path.join(folder, version, file.path));
        if (size !== file.bytes) return undefined;
      }
    }
    return index;
  } catch {
    return undefined; // none, or one that was interrupted
  }
}
