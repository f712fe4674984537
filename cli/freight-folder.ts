import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '../domain/failures';
import { MEDIA_TYPES, type Freight, type FreightFile } from '../domain/freight';
import { freightConfigBytes } from '../domain/freight-config';
import { freightManifestBytes, parseFreight } from '../domain/freight-manifest';
import { parseDigest, parseModelName, type Digest } from '../domain/ids';
import { asObject, asText, jsonObject, type JsonObject } from '../domain/json';
import type { BlobSource } from '../ports/registry';
import { notFound, usage } from './exit-codes';

/** A version's folder, read and checked: what a push sends. */
export interface FolderFreight {
  readonly freight: Freight;
  readonly manifest: Uint8Array;
  readonly config: BlobSource;
  readonly layers: readonly (BlobSource & { readonly path: string })[];
}
export interface Named {
  readonly model?: string; // default: what config.json says
  readonly version?: string;
}

/** The file that says what a version is; it becomes the artifact's config instead of a layer. */
const CONFIG_FILE = 'config.json';
/** What marks it as meridian's: other tools keep a `config.json` beside their weights too, and that is a file like any other. */
const CONFIG_KEYS: readonly string[] = ['model', 'version', 'about', 'from', 'requires', 'goldenSet'];
const MAX_CONFIG_BYTES = 1024 * 1024;
const READ_BYTES = 1024 * 1024;
const WEIGHTS = /\.(onnx|safetensors|gguf|pt|pth|bin|plan|engine)$/;

/**
 * Reads a folder and hashes every file in it. What a region would refuse is refused here, before a byte is pushed.
 * @throws CliError; `InvalidFreight` (final) with every problem at once
 */
export async function readFolder(folder: string, named: Named): Promise<FolderFreight> {
  const paths = await pathsIn(folder);
  const said = paths.includes(CONFIG_FILE) ? await ownConfig(path.join(folder, CONFIG_FILE)) : undefined;
  const model = parseModelName(agreed('model', named.model, said));
  const version = agreed('version', named.version, said);
  const files: FreightFile[] = [];
  for (const one of paths) if (!said || one !== CONFIG_FILE) files.push(await hashedFile(folder, one));
  const golden = files.filter(({ mediaType }) => mediaType === MEDIA_TYPES.golden);
  const goldenSet = golden.length === 1 ? (golden[0]?.digest ?? null) : null;
  const requires = (said?.requires ?? {}) as Freight['requires']; // checked by parseFreight below
  const config = freightConfigBytes({ requires, goldenSet });
  const configBlob = { digest: digestOf(config), bytes: config.byteLength };
  const manifest = freightManifestBytes({ model, version, files, config: configBlob });
  const freight = parseFreight({ digest: digestOf(manifest), manifest, config });
  const layers = files.map(({ path: name, digest, bytes }) => ({
    ...{ path: name, digest, bytes },
    open: () => createReadStream(path.join(folder, name), { highWaterMark: READ_BYTES }) as AsyncIterable<Buffer>,
  }));
  return { freight, manifest, config: { ...configBlob, open: () => once(config) }, layers };
}

/** Paths below the folder, with forward slashes, in order. Names that begin with a dot are no part of a model. */
async function pathsIn(folder: string): Promise<readonly string[]> {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) throw notFound(`there is no folder ${folder}`, 'name the folder that holds the version');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths: string[] = [];
  for (const entry of entries) {
    const name = path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/');
    if (entry.isDirectory() || name.split('/').some((part) => part.startsWith('.'))) continue;
    if (!entry.isFile())
      throw usage(`${path.join(folder, name)} is no plain file`, 'put the file itself there, not a link');
    paths.push(name);
  }
  if (paths.length === 0) throw notFound(`${folder} holds no files`);
  return paths.sort();
}

async function ownConfig(file: string): Promise<JsonObject | undefined> {
  if ((await stat(file)).size > MAX_CONFIG_BYTES) return undefined;
  const config = jsonObject(await readFile(file));
  return config && Object.keys(config).every((key) => CONFIG_KEYS.includes(key)) ? config : undefined;
}

function agreed(what: 'model' | 'version', named: string | undefined, said: JsonObject | undefined): string {
  const ofFile = asText(asObject(said)?.[what]);
  if (named !== undefined && ofFile !== undefined && named !== ofFile) {
    throw usage(`--${what} is ${named}, but ${CONFIG_FILE} says ${ofFile}`, 'make them agree, or leave the option out');
  }
  const meant = named ?? ofFile;
  if (meant === undefined) throw usage(`--${what} is missing, and no ${CONFIG_FILE} of meridian's says it`);
  return meant;
}

async function hashedFile(folder: string, name: string): Promise<FreightFile> {
  const sha256 = createHash('sha256');
  let bytes = 0;
  for await (const run of createReadStream(path.join(folder, name), { highWaterMark: READ_BYTES })) {
    sha256.update(run as Buffer);
    bytes += (run as Buffer).byteLength;
  }
  if (bytes === 0) throw new Failure('InvalidFreight', `${path.join(folder, name)} is empty`);
  return { path: name, digest: parseDigest(`sha256:${sha256.digest('hex')}`), bytes, mediaType: mediaTypeOf(name) };
}

function mediaTypeOf(name: string): string {
  if (name === 'golden.jsonl') return MEDIA_TYPES.golden;
  return WEIGHTS.test(name) ? MEDIA_TYPES.weights : 'application/octet-stream';
}

function digestOf(bytes: Uint8Array): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
