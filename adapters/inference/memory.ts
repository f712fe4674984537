import type { Fingerprint } from '../../domain/evidence';
import { Failure } from '../../domain/failures';
import type { Inference, InferRequest, InferResponse, ModelState, Tensor } from '../../ports/inference';

/** What a version may do wrong. `wrong-answers`: off by one; `refuses`: fails on every request; `will-not-load`: a corrupt file. */
export type Fault = 'wrong-answers' | 'refuses' | 'will-not-load';

export interface MemoryInferenceOptions {
  /** Whether the cache holds the version's files; every version by default. */
  readonly isPlaced?: (name: string) => Promise<boolean>;
  /** What a sound version answers; by default one output `y`, the sum of each row of the first input. Pure. */
  readonly answer?: (request: InferRequest) => readonly Tensor[];
  readonly fingerprint?: Fingerprint;
  readonly freeMemoryBytes?: number | null;
}

const FINGERPRINT: Fingerprint = {
  runtime: 'memory 1 (onnxruntime)',
  platform: 'memory',
  hardware: 'none',
  driver: '',
};

/** A runtime in memory, for tests and the simulation: no clock, no randomness, no timer. */
export class MemoryInference implements Inference {
  private readonly models = new Set<string>();
  private readonly failed = new Set<string>();
  private readonly faults = new Map<string, Fault>();
  private isUp = true;

  constructor(private readonly options: MemoryInferenceOptions = {}) {}

  async load(name: string): Promise<void> {
    this.refuseWhenDown();
    if (this.models.has(name)) return;
    const isPlaced = this.options.isPlaced ? await this.options.isPlaced(name) : true;
    if (isPlaced && this.faults.get(name) !== 'will-not-load') {
      this.models.add(name);
      this.failed.delete(name);
      return;
    }
    this.failed.add(name);
    throw new Failure('Unsupported', isPlaced ? `model ${name} cannot be loaded` : `model ${name} is not placed`);
  }

  async state(name: string): Promise<ModelState> {
    this.refuseWhenDown();
    if (this.models.has(name)) return 'ready';
    return this.failed.has(name) ? 'unavailable' : 'absent';
  }

  async unload(name: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.refuseWhenDown();
    this.models.delete(name);
    this.failed.delete(name);
  }

  async loaded(): Promise<readonly string[]> {
    this.refuseWhenDown();
    return [...this.models].sort();
  }

  async infer(name: string, request: InferRequest, signal: AbortSignal): Promise<InferResponse> {
    signal.throwIfAborted();
    this.refuseWhenDown();
    if (!this.models.has(name)) throw new Failure('NotReady', `model ${name} is not loaded`);
    const fault = this.faults.get(name);
    if (fault === 'refuses') throw new Failure('Unsupported', `model ${name} failed on a request that fits it`);
    const outputs = (this.options.answer ?? rowSums)(request);
    return { modelName: name, outputs: fault === 'wrong-answers' ? outputs.map(offByOne) : outputs };
  }

  async fingerprint(): Promise<Fingerprint> {
    this.refuseWhenDown();
    return this.options.fingerprint ?? FINGERPRINT;
  }

  async freeMemoryBytes(): Promise<number | null> {
    this.refuseWhenDown();
    return this.options.freeMemoryBytes ?? null;
  }

  /** Makes a version bad, before or after it is loaded; `undefined` mends it. */
  spoil(name: string, fault: Fault | undefined): void {
    if (fault) this.faults.set(name, fault);
    else this.faults.delete(name);
  }

  /** No call is answered from now on. */
  cutOff(): void {
    this.isUp = false;
  }

  /** Answers again, with all that was loaded, as a runtime does after a restart. */
  bringBack(): void {
    this.isUp = true;
  }

  private refuseWhenDown(): void {
    if (!this.isUp) throw new Failure('RegionUnreachable', 'the runtime does not answer');
  }
}

function rowSums({ inputs }: InferRequest): readonly Tensor[] {
  const first = inputs[0];
  if (!first) throw new Failure('Unsupported', 'the request has no inputs');
  const rows = first.shape[0] ?? 1;
  const width = first.data.length / rows;
  const data = Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (const value of first.data.slice(row * width, (row + 1) * width)) sum += value;
    return sum;
  });
  return [{ name: 'y', datatype: 'FP32', shape: [rows, 1], data }];
}

function offByOne(tensor: Tensor): Tensor {
  return { ...tensor, data: tensor.data.map((value) => value + 1) };
}
