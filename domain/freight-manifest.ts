import { Failure } from './failures';
import { problemOfPath, problemsOfPaths } from './file-path';
import { MAX_MANIFEST_BYTES, MEDIA_TYPES, TITLE_ANNOTATION, VERSION_ANNOTATION } from './freight';
import type { Freight, FreightFile } from './freight';
import { readFreightConfig } from './freight-config';
import { isDigest, isName, type Digest, type ModelName } from './ids';
import { asObject, asText, jsonBytes, jsonObject, type JsonObject } from './json';

/** The manifest's annotation that names the model. */
export const MODEL_ANNOTATION = 'vnd.meridian.model';
/** Where ModelPack keeps a layer's file name (CNCF model-spec, annotations). */
const FILEPATH_ANNOTATION = 'org.cncf.model.filepath';
const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const SHOWN_PROBLEMS = 20;
const MAX_VERSION_LENGTH = 128;

/** A reference to bytes by what they are (OCI image-spec, descriptor). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly bytes: number;
}
export interface FreightSource {
  readonly digest: Digest; // of the manifest's bytes, which the caller has hashed
  readonly manifest: Uint8Array;
  readonly config: Uint8Array | null; // null: the manifest has no usable config descriptor (`configOf`)
}

/** The config that a manifest refers to, or null when it names none that can be read. Pure, judges nothing. */
export function configOf(manifest: Uint8Array): Descriptor | null {
  if (manifest.byteLength > MAX_MANIFEST_BYTES) return null;
  return readDescriptor(asObject(jsonObject(manifest)?.config), 'config', []) ?? null;
}

/**
 * Reads a freight from its OCI manifest and config, and checks all of it: nothing hostile passes. Pure.
 * @throws `InvalidFreight` (final) with every problem at once, also in `details.problems`
 */
export function parseFreight({ digest, manifest: body, config: configBody }: FreightSource): Freight {
  if (body.byteLength > MAX_MANIFEST_BYTES) {
    throw invalid(digest, [`the manifest has ${body.byteLength} bytes; the most is ${MAX_MANIFEST_BYTES}`]);
  }
  const manifest = jsonObject(body);
  if (!manifest) throw invalid(digest, ['the manifest is not a JSON object']);
  const problems = problemsOfKind(manifest);
  const files = readLayers(manifest.layers, problems);
  readDescriptor(asObject(manifest.config), 'config', problems);
  const config = readFreightConfig(configBody ?? jsonBytes({}), files, problems);
  const annotations = asObject(manifest.annotations) ?? {};
  const model = asText(annotations[MODEL_ANNOTATION]) ?? config.model;
  const version = asText(annotations[VERSION_ANNOTATION]) ?? config.version;
  if (model === undefined || !isName(model))
    problems.push(`${MODEL_ANNOTATION} is ${JSON.stringify(model)}, not a model's name`);
  if (version === undefined || version === '' || version.length > MAX_VERSION_LENGTH) {
    problems.push(
      `${VERSION_ANNOTATION} is ${JSON.stringify(version)}, not a version of 1-${MAX_VERSION_LENGTH} characters`,
    );
  }
  if (problems.length > 0) throw invalid(digest, problems);
  const { requires, goldenSet } = config;
  return { digest, model: model as ModelName, version: version ?? '', files, requires, goldenSet };
}

/** The manifest that `push` writes. Pure, the same bytes for the same content. */
export function freightManifestBytes({
  model,
  version,
  files,
  config,
}: Pick<Freight, 'model' | 'version' | 'files'> & { readonly config: Omit<Descriptor, 'mediaType'> }): Uint8Array {
  return jsonBytes({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    artifactType: MEDIA_TYPES.artifact,
    config: { mediaType: MEDIA_TYPES.config, digest: config.digest, size: config.bytes },
    layers: files.map(({ path, digest, bytes, mediaType }) => {
      return { mediaType, digest, size: bytes, annotations: { [TITLE_ANNOTATION]: path } };
    }),
    annotations: { [MODEL_ANNOTATION]: model, [VERSION_ANNOTATION]: version },
  });
}

function problemsOfKind({ schemaVersion, mediaType, manifests }: JsonObject): string[] {
  if (manifests !== undefined) return ['it is an index of several manifests: offer the digest of one of them'];
  const known: readonly unknown[] = [undefined, MEDIA_TYPES.manifest, DOCKER_MANIFEST];
  const problems = known.includes(mediaType)
    ? []
    : [`its media type ${JSON.stringify(mediaType)} is no image manifest's`];
  if (schemaVersion !== 2) problems.push(`schemaVersion is ${JSON.stringify(schemaVersion)}, not 2`);
  return problems;
}

function readLayers(layers: unknown, problems: string[]): readonly FreightFile[] {
  if (!Array.isArray(layers) || layers.length === 0) {
    problems.push('it has no layers: a freight needs at least one file');
    return [];
  }
  const files: FreightFile[] = [];
  for (const [index, value] of (layers as unknown[]).entries()) {
    const layer = asObject(value);
    const descriptor = readDescriptor(layer, `layer ${index + 1}`, problems);
    const path = readPath(layer, `layer ${index + 1}`, problems);
    if (descriptor && path !== undefined) files.push({ path, ...descriptor });
  }
  problems.push(...problemsOfPaths(files.map(({ path }) => path)), ...problemsOfSizes(files));
  return files;
}

function readPath(layer: JsonObject | undefined, what: string, problems: string[]): string | undefined {
  const annotations = asObject(layer?.annotations);
  const path = asText(annotations?.[TITLE_ANNOTATION]) ?? asText(annotations?.[FILEPATH_ANNOTATION]);
  if (path === undefined) {
    problems.push(`${what} has no annotation ${TITLE_ANNOTATION}: which file is it?`);
    return undefined;
  }
  const problem = problemOfPath(path);
  if (problem !== undefined) problems.push(`${what}: the name ${JSON.stringify(path.slice(0, 200))} ${problem}`);
  return problem === undefined ? path : undefined;
}

function readDescriptor(value: JsonObject | undefined, what: string, problems: string[]): Descriptor | undefined {
  const { mediaType, digest, size } = value ?? {};
  const before = problems.length;
  if (typeof mediaType !== 'string' || mediaType === '') problems.push(`${what} has no media type`);
  if (typeof digest !== 'string' || !isDigest(digest))
    problems.push(`${what} has the digest ${show(digest)}, not sha256:...`);
  if (!Number.isSafeInteger(size) || (size as number) < 0)
    problems.push(`${what} has the size ${show(size)}, not a count of bytes`);
  if (problems.length > before) return undefined;
  return { mediaType: mediaType as string, digest: digest as Digest, bytes: size as number };
}

function problemsOfSizes(files: readonly FreightFile[]): string[] {
  const sizes = new Map<Digest, number>();
  return files.flatMap(({ digest, bytes, path }) => {
    const other = sizes.get(digest) ?? bytes;
    sizes.set(digest, other);
    return other === bytes ? [] : [`${path} has ${bytes} bytes, but ${digest} is also said to have ${other}`];
  });
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? 'undefined').slice(0, 100);
}

function invalid(digest: Digest, problems: readonly string[]): Failure {
  const more = problems.length > SHOWN_PROBLEMS ? [`and ${problems.length - SHOWN_PROBLEMS} more`] : [];
  const shown = [...problems.slice(0, SHOWN_PROBLEMS), ...more];
  return new Failure('InvalidFreight', `${digest} is no freight: ${shown.join('; ')}`, {
    details: { problems: shown },
  });
}
