import type { Digest, ModelName } from '../domain/ids';

/**
 * How freights rest in an object store. A file is cut into parts of 16 MiB, each an object that is written once; its index
 * comes after its last part, and `freight.json` after all of it: what has one is complete.
 *
 *     freights/<digest>/manifest.json  config.json  freight.json
 *     files/<digest>/<n>  index.json
 *     claims/<subject>/<holder>/held.json  released.json
 *     pointers/<model>.json
 */
export const PART_BYTES = 16 * 1024 * 1024; // one put and at most one part of work lost to a kill (docs/adr/002)

export const FREIGHTS = 'freights/';
export const FILES = 'files/';
export const CLAIMS = 'claims/';
export const POINTERS = 'pointers/';

export const manifestKey = (freight: Digest): string => `${FREIGHTS}${freight}/manifest.json`;
export const configKey = (freight: Digest): string => `${FREIGHTS}${freight}/config.json`;
export const freightKey = (freight: Digest): string => `${FREIGHTS}${freight}/freight.json`;
export const filePrefix = (file: Digest): string => `${FILES}${file}/`;
export const indexKey = (file: Digest): string => `${filePrefix(file)}index.json`;
export const partKey = (file: Digest, part: number): string => `${filePrefix(file)}${part}`;
export const pointerKey = (model: ModelName): string => `${POINTERS}${model}.json`;

/** A part's place in its file. */
export interface Part {
  readonly number: number; // from 0
  readonly from: number; // first byte
  readonly bytes: number; // > 0
}

/** The parts of a file, in order; none for an empty one. Pure. */
export function partsOf(bytes: number, partBytes: number = PART_BYTES): readonly Part[] {
  const parts: Part[] = [];
  for (let from = 0; from < bytes; from += partBytes) {
    parts.push({ number: parts.length, from, bytes: Math.min(partBytes, bytes - from) });
  }
  return parts;
}
