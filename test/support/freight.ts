import { createHash } from 'node:crypto';
import { MemoryRegistry } from '../../adapters/registry/memory';
import { uploadFreight } from '../../distribution';
import { MEDIA_TYPES, type Freight, type FreightFile, type Requirements } from '../../domain/freight';
import { freightConfigBytes } from '../../domain/freight-config';
import { freightManifestBytes } from '../../domain/freight-manifest';
import { parseDigest, parseModelName, type Digest } from '../../domain/ids';
import type { ObjectStore } from '../../ports/object-store';
import type { Registry } from '../../ports/registry';

export interface FreightDescription {
  readonly model?: string;
  readonly version?: string;
  readonly files?: Readonly<Record<string, Uint8Array | string>>; // by path
  readonly golden?: string; // lines of a golden set
  readonly requires?: Requirements;
}
/** A freight with the bytes it is made of. */
export interface PackedFreight {
  readonly freight: Freight;
  readonly manifest: Uint8Array;
  readonly config: Uint8Array;
  readonly blobs: ReadonlyMap<Digest, Uint8Array>; // config and layers
}

export const never = new AbortController().signal;

export function digestOf(body: Uint8Array): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(body).digest('hex')}`);
}

/** A valid freight; a test states only what differs. */
export function packed(description: FreightDescription = {}): PackedFreight {
  const {
    model = 'fraud',
    version = 'v1',
    files = { 'model.onnx': `weights of ${version}` },
    golden,
    requires = {},
  } = description;
  const blobs = new Map<Digest, Uint8Array>();
  const layer = (path: string, content: Uint8Array | string, mediaType: string): FreightFile => {
    const body = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const digest = digestOf(body);
    blobs.set(digest, body);
    return { path, digest, bytes: body.byteLength, mediaType };
  };
  const layers = Object.entries(files).map(([path, content]) => layer(path, content, MEDIA_TYPES.weights));
  const goldenLayer = golden === undefined ? undefined : layer('golden.jsonl', golden, MEDIA_TYPES.golden);
  const all = goldenLayer ? [...layers, goldenLayer] : layers;
  const goldenSet = goldenLayer?.digest ?? null;
  const config = freightConfigBytes({ requires, goldenSet });
  blobs.set(digestOf(config), config);
  const named = { model: parseModelName(model), version, files: all };
  const manifest = freightManifestBytes({ ...named, config: { digest: digestOf(config), bytes: config.byteLength } });
  return { freight: { digest: digestOf(manifest), ...named, requires, goldenSet }, manifest, config, blobs };
}

/** Pushes a freight to a registry under its version as tag. */
export async function pushFreight(
  registry: Registry,
  repository: string,
  { freight, manifest, blobs }: PackedFreight,
): Promise<Digest> {
  for (const [digest, body] of blobs) {
    const open = async function* () {
      yield body;
    };
    await registry.pushBlob(repository, { digest, bytes: body.byteLength, open }, never);
  }
  return registry.pushManifest(repository, freight.version, MEDIA_TYPES.manifest, manifest);
}

/** Brings a freight into a store by the real upload, in small parts. */
export async function storeIn(hub: ObjectStore, description: PackedFreight, partBytes = 1024): Promise<Freight> {
  const registry = new MemoryRegistry();
  const digest = await pushFreight(registry, 'models/test', description);
  const onProgress = () => undefined;
  return uploadFreight({ registry, repository: 'models/test', digest, hub, signal: never, onProgress, partBytes });
}

/** Bytes that look random and are the same at each run. */
export function noise(bytes: number, seed = 1): Uint8Array {
  const body = new Uint8Array(bytes);
  for (let at = 0, word = seed >>> 0; at < bytes; at++)
    body[at] = (word = (word * 1_664_525 + 1_013_904_223) >>> 0) >>> 24;
  return body;
}
