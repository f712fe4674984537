import type { StackLayout } from '../layout';
import { placesOf, processNames, type Place } from '../places';
import { TIMEOUT_MS, type TrafficCounts } from '../region-traffic';
import type { PromotionView } from './client';
import type { ModelFacts } from './model-facts';

/** One thing that a step says, and what to say where it is not so. */
export type Check = readonly [holds: boolean, problem: string];

export interface ProcessState {
  readonly name: string;
  readonly pid: number | undefined;
  readonly isRunning: boolean;
}

/** Step 1: every part has a process of its own that runs, and answers where it is said to be. Pure. */
export function partsAreUp(
  layout: StackLayout,
  processes: readonly ProcessState[],
  silent: readonly Place[],
): readonly Check[] {
  const running = processes.filter(({ isRunning }) => isRunning);
  const names = new Set(running.map(({ name }) => name));
  const pids = new Set(running.map(({ pid }) => pid));
  return [
    ...processNames(layout).map((name): Check => [names.has(name), `there is no process ${name} that runs`]),
    [pids.size === running.length && !pids.has(undefined), 'parts share a process'],
    ...placesOf(layout).map((place): Check => [
      !silent.some(({ of, part, at }) => of === place.of && part === place.part && at === place.at),
      `${place.of}: the ${place.part} does not answer at ${place.at}`,
    ]),
  ];
}

/** Step 2: each region was asked from its first live version to the end, and the rate is known. Pure. */
export function wereAsked(
  regions: readonly string[],
  counts: readonly TrafficCounts[],
  first: PromotionView | undefined,
): readonly Check[] {
  return regions.flatMap((region): readonly Check[] => {
    const one = counts.find((each) => each.region === region);
    const liveAtMs = first?.rollouts[region]?.phases.find(({ phase }) => phase === 'live')?.atMs;
    if (!one || one.sinceMs === null) return [[false, `${region} got no requests`]];
    const { sinceMs, forMs, requested, requests, longestPauseMs } = one;
    return [
      [requests > 0 && requests <= requested, `${region} got ${requests} requests, ${requested} were due`],
      [forMs > 0 && requested > 0, `the rate of ${region} is not known`],
      [liveAtMs !== undefined && sinceMs <= liveAtMs, `${region} was asked only after its first version was live`],
      [longestPauseMs < TIMEOUT_MS, `${region} got no request for ${longestPauseMs} ms`], // one that hangs is given up by then
    ];
  });
}

const EMBEDDING_BYTES = { least: 30e6, most: 36e6 }; // about 32 MB, decimal or binary

/** Step 3: the versions are there, with an embedding of about 32 MB and a golden set each. Pure. */
export function modelIsReal(versions: readonly string[], facts: readonly ModelFacts[]): readonly Check[] {
  const { least, most } = EMBEDDING_BYTES;
  return versions.flatMap((version): readonly Check[] => {
    const one = facts.find((each) => each.version === version);
    if (!one) return [[false, `there is no ${version}`]];
    const { embeddingBytes, bytesAsFp32, goldenCases, onnxBytes } = one;
    const isWhole = bytesAsFp32 >= least && bytesAsFp32 <= most;
    return [
      [isWhole, `the embedding of ${version} has ${bytesAsFp32} bytes as fp32, not about 32 MB`],
      [onnxBytes > embeddingBytes, `the ONNX file of ${version} (${onnxBytes} bytes) does not hold its embedding`],
      [goldenCases > 0, `${version} has no golden set`],
    ];
  });
}
