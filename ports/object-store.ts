/** What a store says of one object. */
export interface ObjectHead {
  readonly key: string;
  readonly bytes: number;
  readonly etag: string; // opaque; changes with the content
}
/** When a put takes hold: always, only where nothing is, or only over the very object that was read. */
export type PutCondition = { readonly kind: 'absent' } | { readonly kind: 'match'; readonly etag: string };

/** A range of bytes, both ends within the object. */
export interface ByteRange {
  readonly from: number; // first byte
  readonly bytes: number; // how many, > 0
}

/**
 * Objects in one place: an S3 bucket, a directory, memory. Keys are `/`-separated names without `.` or `..` segments.
 * Every method: @throws `StoreUnavailable` (retried), `AccessDenied` (final), `NotEnoughSpace` (final).
 */
export interface ObjectStore {
  /** For people, in messages: e.g. `s3 http://127.0.0.1:9000/eu-north`. */
  readonly address: string;
  head(key: string, signal?: AbortSignal): Promise<ObjectHead | undefined>;
  /** The whole object, small ones only (at most 8 MiB); undefined where there is none. */
  get(key: string, signal?: AbortSignal): Promise<{ readonly head: ObjectHead; readonly body: Uint8Array } | undefined>;
  /** Streams an object or a range of it. A stream that ends early throws, it never just ends. @throws `FreightNotFound` (final) */
  read(key: string, signal: AbortSignal, range?: ByteRange): AsyncIterable<Uint8Array>;
  /**
   * Writes one object whole, at most 64 MiB; nothing is visible before the last byte.
   * @returns the new head, or undefined when the condition did not hold (then nothing was written)
   */
  put(key: string, body: Uint8Array, condition?: PutCondition, signal?: AbortSignal): Promise<ObjectHead | undefined>;
  /** All objects whose key starts with the prefix, in key order. */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<ObjectHead>;
  /** Idempotent: deleting what is not there is no error. */
  delete(key: string, signal?: AbortSignal): Promise<void>;
  /** Bytes that still fit, or null where the store cannot say. */
  freeBytes(): Promise<number | null>;
}
