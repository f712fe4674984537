import { MemoryObjectStore } from '../../../adapters/object-store/memory';
import { MemoryRegistry } from '../../../adapters/registry/memory';
import { fencePointer, movePointer, replicateFreight, uploadFreight } from '../../../distribution';
import { sha256 } from '../../../distribution/sha256';
import { MEDIA_TYPES, type Freight } from '../../../domain/freight';
import { freightConfigBytes } from '../../../domain/freight-config';
import { freightManifestBytes } from '../../../domain/freight-manifest';
import { parseModelName, type Digest } from '../../../domain/ids';
import { jsonBytes } from '../../../domain/json';

export const MODEL = parseModelName('fraud');
export const REPOSITORY = 'models/fraud';
type Objects = ReadonlyMap<string, { readonly head: { readonly key: string } }>;

/** What every world starts from; made once by the real code, then copied. */
export interface Fixtures {
  readonly registry: MemoryRegistry;
  readonly freights: readonly Freight[]; // v1 is live everywhere, but in a fresh region; the others are offered
  readonly hub: Objects;
  readonly region: Objects; // holds v1
  readonly bare: Objects; // a region before its first version
}

const never = new AbortController().signal;

/** A store that starts with what another one held. */
export class CopiedStore extends MemoryObjectStore {
  constructor(address: string, from: Objects) {
    super({ address });
    const objects = this['objects'] as Map<string, unknown>;
    for (const [key, object] of from) objects.set(key, object);
  }

  get contents(): Objects {
    return this['objects'] as unknown as Objects;
  }
}

let made: Promise<Fixtures> | undefined;

export function fixtures(): Promise<Fixtures> {
  made ??= make();
  return made;
}

async function make(): Promise<Fixtures> {
  const registry = new MemoryRegistry();
  const hub = new CopiedStore('hub', new Map());
  const region = new CopiedStore('region', new Map());
  const freights: Freight[] = [];
  for (const version of ['v1', 'v2', 'v3']) {
    const digest = await push(registry, version);
    const target = version === 'v1' ? hub : new CopiedStore('aside', new Map());
    const input = { registry, repository: REPOSITORY, digest, hub: target, signal: never, onProgress: () => undefined };
    freights.push(await uploadFreight(input));
  }
  const [first] = freights;
  if (!first) throw new TypeError('no freight');
  await replicateFreight({ freight: first, from: hub, to: region, signal: never, onProgress: () => undefined });
  const token = { epoch: 1, seq: 1, attempt: 1 };
  await fencePointer(region, MODEL, token, 0);
  await movePointer(region, MODEL, { ...token, seq: 2 }, { current: first.digest, previous: [] }, 0);
  return { registry, freights, hub: hub.contents, region: region.contents, bare: new Map() };
}

async function push(registry: MemoryRegistry, version: string): Promise<Digest> {
  const input = { name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] };
  const output = { name: 'y', datatype: 'FP32', shape: [1, 1], data: [3] };
  const golden = jsonBytes({ id: 'case-1', request: { inputs: [input] }, expect: { outputs: [output] } });
  const bodies = [
    { path: 'model.onnx', body: jsonBytes(`weights of ${version}`), mediaType: MEDIA_TYPES.weights },
    { path: 'golden.jsonl', body: golden, mediaType: MEDIA_TYPES.golden },
  ];
  const config = freightConfigBytes({ requires: {}, goldenSet: sha256(golden) });
  for (const body of [config, ...bodies.map((file) => file.body)]) await pushBlob(registry, body);
  const files = bodies.map(({ path, body, mediaType }) => {
    return { path, mediaType, digest: sha256(body), bytes: body.byteLength };
  });
  const manifest = freightManifestBytes({
    ...{ model: MODEL, version, files },
    config: { digest: sha256(config), bytes: config.byteLength },
  });
  return registry.pushManifest(REPOSITORY, version, MEDIA_TYPES.manifest, manifest);
}

async function pushBlob(registry: MemoryRegistry, body: Uint8Array): Promise<void> {
  async function* open() {
    yield body;
  }
  await registry.pushBlob(REPOSITORY, { digest: sha256(body), bytes: body.byteLength, open }, never);
}
