import type { Scheduler } from 'fast-check';
import { MemoryObjectStore } from '../../adapters/object-store/memory';
import type { ByteRange, ObjectHead, PutCondition } from '../../ports/object-store';

/** A memory store whose calls take effect in the order that a scheduler decides; every put is kept for inspection. */
export class InterleavedStore extends MemoryObjectStore {
  readonly puts: { readonly key: string; readonly body: string }[] = [];

  constructor(private readonly scheduler: Scheduler) {
    super({ address: 'interleaved' });
  }

  override async head(key: string, signal?: AbortSignal): Promise<ObjectHead | undefined> {
    await this.turn(`head ${key}`);
    return super.head(key, signal);
  }

  override async get(key: string, signal?: AbortSignal) {
    await this.turn(`get ${key}`);
    return super.get(key, signal);
  }

  override async *read(key: string, signal: AbortSignal, range?: ByteRange): AsyncIterable<Uint8Array> {
    await this.turn(`read ${key}`);
    yield* super.read(key, signal, range);
  }

  override async put(key: string, body: Uint8Array, condition?: PutCondition, signal?: AbortSignal) {
    await this.turn(`put ${key}`);
    const head = await super.put(key, body, condition, signal);
    if (head) this.puts.push({ key, body: new TextDecoder().decode(body) });
    return head;
  }

  override async *list(prefix: string, signal?: AbortSignal): AsyncIterable<ObjectHead> {
    await this.turn(`list ${prefix}`);
    yield* super.list(prefix, signal);
  }

  override async delete(key: string, signal?: AbortSignal): Promise<void> {
    await this.turn(`delete ${key}`);
    return super.delete(key, signal);
  }

  private turn(label: string): Promise<void> {
    return this.scheduler.schedule(Promise.resolve(), label);
  }
}
