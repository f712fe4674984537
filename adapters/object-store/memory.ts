import { Failure } from '../../domain/failures';
import { checkObjectKey, checkObjectPrefix } from '../../domain/object-key';
import type { ByteRange, ObjectHead, ObjectStore, PutCondition } from '../../ports/object-store';

interface Stored {
  readonly head: ObjectHead;
  readonly body: Uint8Array;
}

/** Objects in memory: for tests and the simulation. Nothing but microtasks, so that a seeded scheduler stays in charge. */
export class MemoryObjectStore implements ObjectStore {
  readonly address: string;
  private readonly objects = new Map<string, Stored>();
  private readonly capacityBytes: number;
  private writes = 0;

  /** @param capacityBytes what fits; default: no limit */
  constructor({ address = 'memory', capacityBytes = Infinity }: { address?: string; capacityBytes?: number } = {}) {
    this.address = address;
    this.capacityBytes = capacityBytes;
  }

  async head(key: string, signal?: AbortSignal): Promise<ObjectHead | undefined> {
    return this.find(key, signal)?.head;
  }

  async get(key: string, signal?: AbortSignal): Promise<Stored | undefined> {
    const stored = this.find(key, signal);
    return stored && { head: stored.head, body: stored.body.slice() };
  }

  async *read(key: string, signal: AbortSignal, range?: ByteRange): AsyncIterable<Uint8Array> {
    const stored = this.find(key, signal);
    if (!stored) throw new Failure('FreightNotFound', `no object ${key} in ${this.address}`);
    const { from, bytes } = range ?? { from: 0, bytes: stored.body.byteLength };
    const found = stored.body.slice(from, from + bytes);
    if (found.byteLength > 0) yield found;
    if (found.byteLength < bytes) {
      throw new Failure(
        'StoreUnavailable',
        `${key} in ${this.address} ended after ${found.byteLength} of ${bytes} bytes`,
      );
    }
  }

  async put(key: string, body: Uint8Array, condition?: PutCondition, signal?: AbortSignal) {
    const found = this.find(key, signal);
    if (condition?.kind === 'absent' && found) return undefined;
    if (condition?.kind === 'match' && found?.head.etag !== condition.etag) return undefined;
    const missing = body.byteLength - (found?.head.bytes ?? 0) - this.free();
    if (missing > 0) throw new Failure('NotEnoughSpace', `${this.address} lacks ${missing} bytes for ${key}`);
    const head: ObjectHead = { key, bytes: body.byteLength, etag: `v${++this.writes}` };
    this.objects.set(key, { head, body: body.slice() });
    return head;
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncIterable<ObjectHead> {
    signal?.throwIfAborted();
    checkObjectPrefix(prefix);
    const heads = [...this.objects.values()].map(({ head }) => head).filter(({ key }) => key.startsWith(prefix));
    yield* heads.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.objects.delete(checkObjectKey(key));
  }

  async freeBytes(): Promise<number | null> {
    return this.capacityBytes === Infinity ? null : this.free();
  }

  private find(key: string, signal?: AbortSignal): Stored | undefined {
    signal?.throwIfAborted();
    return this.objects.get(checkObjectKey(key));
  }

  private free(): number {
    let used = 0;
    if (this.capacityBytes !== Infinity) for (const { head } of this.objects.values()) used += head.bytes;
    return this.capacityBytes - used;
  }
}
