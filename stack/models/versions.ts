import { detectorGraph, detectorTensors, type ExportOptions } from './detector';
import { recordGoldenSet } from './golden-recording';
import { copyOf, freshNetwork, type Network } from './network';
import { onnxBytes } from './onnx';
import { quantise, scaleFor } from './quantisation';
import { EIGHT_BITS, EXAM, FINE_TUNED, GOLDEN, LEAST_AREA, MODEL, SAME_GRAPH, TRAINED } from './recipe';
import type { VersionRecipe } from './recipe';
import { safetensorsBytes } from './safetensors';
import { areaUnderCurve, train } from './training';

/** Called as work goes on: how far this version is, 0..1. */
export type VersionProgress = (fraction: number) => void;

/** A version as made, before it is written. */
export interface MadeVersion {
  readonly network: Network; // what the next version is made of
  readonly areaUnderCurve: number | null;
  readonly model: Buffer;
  readonly safetensors: readonly Uint8Array[];
  readonly goldenSet: string;
}

/**
 * Makes one version of those that it is made of. @throws Error where training did not beat guessing clearly: then the
 * recipe is wrong, and nothing may be shown with it
 */
export async function makeVersion(
  recipe: VersionRecipe,
  networks: ReadonlyMap<string, Network>,
  onProgress: VersionProgress,
): Promise<MadeVersion> {
  const base = recipe.kind === 'trained' ? freshNetwork(recipe.seed) : networks.get(recipe.from);
  if (!base) throw new Error(`${recipe.version} is made of a version that is not there`);
  if (recipe.kind === 'converted') return convert(recipe.version, base);
  const network = recipe.kind === 'trained' ? base : copyOf(base);
  const { seed } = recipe;
  const options = recipe.kind === 'trained' ? TRAINED : FINE_TUNED;
  train(network, { ...options, seed, season: seed, onProgress: (done) => onProgress(done / options.transactions) });
  const area = areaUnderCurve(network, { ...EXAM, season: seed });
  if (!(area >= LEAST_AREA[recipe.kind])) {
    throw new Error(
      `${recipe.version} reaches an area under the curve of ${area}, less than ${LEAST_AREA[recipe.kind]}`,
    );
  }
  const traced = recipe.kind === 'fine-tuned' && recipe.tracedBatch;
  const exported = written(network, { version: recipe.version, ...(traced && { tracedBatch: traced }) });
  const recording = { ...GOLDEN, version: recipe.version, model: exported.model, seed: seed + 1_000 };
  const goldenSet = await recordGoldenSet({ ...recording, compare: SAME_GRAPH });
  return { network, areaUnderCurve: area, ...exported, goldenSet };
}

/** The golden set is recorded first, from the fp32 model; then the table is cut to int8 with a stale scale. */
async function convert(version: string, network: Network): Promise<MadeVersion> {
  const before = written(network, { version });
  const recording = { ...GOLDEN, version, model: before.model, seed: 1_004 };
  const goldenSet = await recordGoldenSet({ ...recording, compare: EIGHT_BITS });
  const stale = scaleFor(freshNetwork(1).table);
  const quantised = quantise(network.table, stale);
  return { network, areaUnderCurve: null, ...written(network, { version, quantised }), goldenSet };
}

function written(network: Network, options: ExportOptions): Pick<MadeVersion, 'model' | 'safetensors'> {
  const metadata = { model: MODEL, version: options.version };
  return {
    model: onnxBytes(detectorGraph(network, options)),
    safetensors: safetensorsBytes(detectorTensors(network, options), metadata),
  };
}
