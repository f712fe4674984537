import type { Fingerprint } from '../domain/evidence';

/** A tensor as the Open Inference Protocol v2 writes it in JSON. */
export interface Tensor {
  readonly name: string;
  readonly datatype: string; // FP32, INT64, ...
  readonly shape: readonly number[];
  readonly data: readonly number[]; // flat, row-major
}
export interface InferRequest {
  readonly id?: string;
  readonly inputs: readonly Tensor[];
}
export interface InferResponse {
  readonly modelName: string; // which version answered: asserted on every probe
  readonly outputs: readonly Tensor[];
}
export type ModelState = 'ready' | 'loading' | 'unavailable' | 'absent';

/** Milliseconds after which a control call that its caller gave up has begun, or never will: a runtime is in the same room. */
export const CONTROL_SETTLES_MS = 5_000;

/**
 * The runtimes of a region, all of them: a version is ready when it is ready on each.
 * Every method: @throws `RegionUnreachable` (retried) when a runtime does not answer; each control call has a deadline.
 * Law: what becomes of a call without an answer is settled `CONTROL_SETTLES_MS` later, but for a load that shows as `loading`.
 */
export interface Inference {
  /** Asks every runtime to load what the cache holds under this name. Idempotent. @throws `Unsupported` (final) with the runtime's words */
  load(name: string): Promise<void>;
  /** The state that is furthest from ready among the runtimes. */
  state(name: string): Promise<ModelState>;
  /** Asks every runtime to unload, and returns when none lists it as ready. Idempotent. */
  unload(name: string, signal: AbortSignal): Promise<void>;
  /** The names that are loaded on any runtime. */
  loaded(): Promise<readonly string[]>;
  /** Asks one runtime. @throws `Unsupported` (final) where the runtime refuses the request, with its words; `NotReady` (retried) */
  infer(name: string, request: InferRequest, signal: AbortSignal): Promise<InferResponse>;
  fingerprint(): Promise<Fingerprint>;
  /** Memory headroom for one more version, or null where no runtime can say. */
  freeMemoryBytes(): Promise<number | null>;
}
