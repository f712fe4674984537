import { Failure } from '../../domain/failures';
import type { ByteRange, ObjectHead, ObjectStore, PutCondition } from '../../ports/object-store';

/** What becomes of one call: nothing and an error, its effect and an error, or bytes that are short or wrong. */
export type Fault = 'none' | 'fails-before' | 'fails-after' | 'ends-early' | 'wrong-byte';

/** A store whose calls meet the given faults in turn, and none when they are used up. */
export class FaultyStore implements ObjectStore {
  readonly address: string;
  private readonly faults: Fault[];

  constructor(
    private readonly inner: ObjectStore,
    faults: readonly Fault[],
  ) {
    this.address = `faulty ${inner.address}`;
    this.faults = [...faults];
  }

  get isCalm(): boolean {
    return this.faults.length === 0;
  }

  head(key: string, signal?: AbortSignal): Promise<ObjectHead | undefined> {
    return this.met(() => this.inner.head(key, signal));
  }

  get(key: string, signal?: AbortSignal) {
    return this.met(() => this.inner.get(key, signal));
  }

  async *read(key: string, signal: AbortSignal, range?: ByteRange): AsyncIterable<Uint8Array> {
    const fault = this.faults.shift() ?? 'none';
    if (fault === 'fails-before') throw broken();
    for await (const chunk of this.inner.read(key, signal, range)) {
      const half = chunk.subarray(0, chunk.byteLength >> 1);
      if (fault === 'ends-early' || fault === 'fails-after') yield half;
      if (fault === 'fails-after') throw broken();
      if (fault === 'ends-early') return; // against the port's law: a reader must notice by itself
      yield fault === 'wrong-byte' ? flipped(chunk) : chunk;
    }
  }

  put(key: string, body: Uint8Array, condition?: PutCondition, signal?: AbortSignal) {
    return this.met(() => this.inner.put(key, body, condition, signal));
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncIterable<ObjectHead> {
    const fault = this.faults.shift() ?? 'none';
    if (fault === 'fails-before') throw broken();
    yield* this.inner.list(prefix, signal);
    if (fault === 'fails-after') throw broken();
  }

  delete(key: string, signal?: AbortSignal): Promise<void> {
    return this.met(() => this.inner.delete(key, signal));
  }

  freeBytes(): Promise<number | null> {
    return this.met(() => this.inner.freeBytes());
  }

  private async met<T>(call: () => Promise<T>): Promise<T> {
    const fault = this.faults.shift() ?? 'none';
    if (fault === 'fails-before') throw broken();
    const answer = await call();
    if (fault === 'fails-after') throw broken();
    return answer;
  }
}

function broken(): Failure {
  return new Failure('StoreUnavailable', 'the connection broke');
}

function flipped(chunk: Uint8Array): Uint8Array {
  const wrong = chunk.slice();
  const last = wrong.byteLength - 1;
  if (last >= 0) wrong[last] = (wrong[last] ?? 0) ^ 1;
  return wrong;
}
