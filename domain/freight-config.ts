import type { FreightFile, Requirements } from './freight';
import { MEDIA_TYPES } from './freight';
import { isDigest, type Digest } from './ids';
import { asObject, asText, jsonBytes, jsonObject, type JsonObject } from './json';

/** What a freight's config says beside its manifest. */
export interface FreightConfig {
  readonly model: string | undefined;
  readonly version: string | undefined;
  readonly requires: Requirements;
  readonly goldenSet: Digest | null;
}

const TEXTS = ['runtime', 'gpu', 'driver'] as const;
const REQUIREMENTS: readonly string[] = [...TEXTS, 'memoryBytes'];

/**
 * Reads meridian's config, ModelPack's (`descriptor.name`, `descriptor.version`) or an empty one, and adds what is wrong to
 * `problems`. The golden set is the layer that the config names, else the only layer of its media type. Pure but for `problems`.
 */
export function readFreightConfig(body: Uint8Array, files: readonly FreightFile[], problems: string[]): FreightConfig {
  const config = jsonObject(body);
  if (!config) problems.push('the config is not a JSON object');
  const descriptor = asObject(config?.descriptor);
  return {
    model: asText(config?.model) ?? asText(descriptor?.name),
    version: asText(config?.version) ?? asText(descriptor?.version),
    requires: readRequirements(config?.requires, problems),
    goldenSet: readGoldenSet(config, files, problems),
  };
}

/** The config that `push` writes. Pure, the same bytes for the same content. */
export function freightConfigBytes({ requires, goldenSet }: Pick<FreightConfig, 'requires' | 'goldenSet'>): Uint8Array {
  return jsonBytes({ requires, ...(goldenSet === null ? {} : { goldenSet }) });
}

function readRequirements(value: unknown, problems: string[]): Requirements {
  if (value === undefined) return {};
  const requires = asObject(value);
  if (!requires) {
    problems.push('config.requires is not an object');
    return {};
  }
  for (const key of Object.keys(requires)) {
    if (!REQUIREMENTS.includes(key))
      problems.push(`config.requires.${key} is unknown; known are ${REQUIREMENTS.join(', ')}`);
  }
  const read: { -readonly [Key in keyof Requirements]: Requirements[Key] } = {};
  for (const key of TEXTS) {
    const text = requires[key];
    if (typeof text === 'string' && text !== '') read[key] = text;
    else if (text !== undefined) problems.push(`config.requires.${key} is ${JSON.stringify(text)}, not a text`);
  }
  const { memoryBytes } = requires;
  if (typeof memoryBytes === 'number' && Number.isSafeInteger(memoryBytes) && memoryBytes >= 0)
    read.memoryBytes = memoryBytes;
  else if (memoryBytes !== undefined)
    problems.push(`config.requires.memoryBytes is ${JSON.stringify(memoryBytes)}, not a count`);
  return read;
}

function readGoldenSet(
  config: JsonObject | undefined,
  files: readonly FreightFile[],
  problems: string[],
): Digest | null {
  const named = config?.goldenSet ?? undefined;
  const golden = files.filter(({ mediaType }) => mediaType === MEDIA_TYPES.golden);
  if (named === undefined) {
    if (golden.length > 1) problems.push(`${golden.length} layers are golden sets: name one in config.goldenSet`);
    return golden[0]?.digest ?? null;
  }
  if (typeof named === 'string' && isDigest(named) && files.some(({ digest }) => digest === named)) return named;
  problems.push(`config.goldenSet ${JSON.stringify(named)} is none of the layers`);
  return null;
}
