import type { Fingerprint } from '../../domain/evidence';
import { Failure } from '../../domain/failures';
import type { Inference, InferRequest, InferResponse, ModelState } from '../../ports/inference';
import { OipRuntime, type OipRuntimeOptions } from './oip-runtime';

export interface OipOptions {
  readonly runtimes: readonly OipRuntimeOptions[]; // every runtime of the region
  readonly unloadDeadlineMs?: number; // until none lists the version; default 60 s
}

const FURTHEST_FIRST: readonly ModelState[] = ['absent', 'unavailable', 'loading', 'ready'];
const POLL_MS = 100; // Triton says UNLOADING for about a second after its 200

/** Runtimes that speak the Open Inference Protocol v2 over HTTP: `serving/runtime`, Triton, MLServer, OVMS, KServe. */
export class OipInference implements Inference {
  private readonly runtimes: readonly OipRuntime[];
  private readonly unloadDeadlineMs: number;
  private asked = 0;

  constructor({ runtimes, unloadDeadlineMs = 60_000 }: OipOptions) {
    if (runtimes.length === 0) throw new TypeError('a region has at least one inference runtime');
    this.runtimes = runtimes.map((options) => new OipRuntime(options));
    this.unloadDeadlineMs = unloadDeadlineMs;
  }

  async load(name: string): Promise<void> {
    await this.each((runtime) => runtime.load(name));
  }

  async state(name: string): Promise<ModelState> {
    const states = new Set(await this.each((runtime) => runtime.state(name)));
    return FURTHEST_FIRST.find((state) => states.has(state))!;
  }

  async unload(name: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const deadline = AbortSignal.timeout(this.unloadDeadlineMs);
    await this.each((runtime) => runtime.unload(name));
    while (!(await this.each((runtime) => runtime.isGone(name))).every(Boolean)) {
      if (deadline.aborted) {
        throw new Failure(
          'NotReady',
          `${name} is still listed ${this.unloadDeadlineMs} ms after it was to be unloaded`,
        );
      }
      await pause(POLL_MS, signal);
    }
  }

  async loaded(): Promise<readonly string[]> {
    return [...new Set((await this.each((runtime) => runtime.readyNames())).flat())].sort();
  }

  async infer(name: string, request: InferRequest, signal: AbortSignal): Promise<InferResponse> {
    const runtime = this.runtimes[this.asked++ % this.runtimes.length]!; // in turn, so that a golden set meets all of them
    return runtime.infer(name, request, signal);
  }

  async fingerprint(): Promise<Fingerprint> {
    const all = await this.each((runtime) => runtime.fingerprint());
    const distinct = (field: keyof Fingerprint) => [...new Set(all.map((one) => one[field]))].sort().join(' + ');
    return {
      runtime: distinct('runtime'),
      platform: distinct('platform'),
      hardware: distinct('hardware'),
      driver: distinct('driver'),
    };
  }

  async freeMemoryBytes(): Promise<number | null> {
    const known = (await this.each((runtime) => runtime.freeMemoryBytes())).filter((bytes) => bytes !== null);
    return known.length === 0 ? null : Math.min(...known);
  }

  async close(): Promise<void> {
    await this.each((runtime) => runtime.close());
  }

  private each<T>(ask: (runtime: OipRuntime) => Promise<T>): Promise<T[]> {
    return Promise.all(this.runtimes.map(ask));
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
