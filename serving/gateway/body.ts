import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { findModel, type NamedModel } from './openai';

/** One read of a socket: a body up to here is collected and sent in one piece, which is faster than a stream. */
export const SMALL_BYTES = 64 * 1024;
const MODEL_WITHIN_BYTES = 1024 * 1024;

/** A body on its way: all of it, or a stream that has not been read yet. `null`: the request has none. */
export type Body = Buffer | Upload | null;

/** Gives the body of a request: collected where it is small and says so, else as a stream. Nothing when the caller leaves first. */
export function withBody(req: IncomingMessage, then: (body: Body) => void): void {
  const length = req.headers['content-length'];
  if (length === undefined && req.headers['transfer-encoding'] === undefined) return then(null);
  if (length === undefined || Number(length) > SMALL_BYTES) return then(new Upload(req));
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => void chunks.push(chunk)).on('end', () => then(whole(chunks)));
}

/** The body of an OpenAI-compatible request, with the place of the model's name in its beginning. */
export interface NamedBody {
  readonly named: NamedModel;
  /** The body with another name in that place, and its length where it is known. */
  with(name: string): { readonly body: Buffer | Upload; readonly length: number | undefined };
}

/** Why a body names no model. */
export interface Unnamed {
  readonly status: 400 | 413;
  readonly text: string;
}

/** Reads a small body that says its length to its end, as `withBody` does; else until the model is known, at most 1 MiB. @throws CallerLeft */
export async function namedBodyOf(req: IncomingMessage, find = findModel): Promise<NamedBody | Unnamed> {
  const length = req.headers['content-length'];
  const isSmall = length !== undefined && Number(length) <= SMALL_BYTES;
  let search = find(Buffer.alloc(0));
  const { bytes, ended } = await collected(req, (soFar) => {
    search = find(soFar.subarray(0, MODEL_WITHIN_BYTES)); // wherever a piece happens to end
    return (search.kind !== 'incomplete' && !isSmall) || soFar.length >= MODEL_WITHIN_BYTES;
  });
  if (search.kind !== 'found') {
    return search.kind === 'none' || (ended && bytes.length <= MODEL_WITHIN_BYTES)
      ? { status: 400, text: 'the body must be a JSON object with a text member "model"' }
      : { status: 413, text: `no member "model" within the first ${MODEL_WITHIN_BYTES} bytes: put it first` };
  }
  const named = search;
  return {
    named,
    with: (name) => {
      const head = Buffer.concat([
        bytes.subarray(0, named.from),
        Buffer.from(JSON.stringify(name)),
        bytes.subarray(named.to),
      ]);
      if (ended) return { body: head, length: head.length };
      const whole = length === undefined ? undefined : Number(length) + head.length - bytes.length;
      return { body: new Upload(req, head), length: whole };
    },
  };
}

/** Asks `enough` when twice as much is there as the last time, so that a body that comes byte by byte costs no more than another. */
async function collected(
  req: IncomingMessage,
  enough: (soFar: Buffer) => boolean,
): Promise<{ bytes: Buffer; ended: boolean }> {
  return new Promise((resolve, reject) => {
    const run = new GrowingRun();
    let askAt = 0; // bytes
    const done = (ended: boolean) => {
      req.off('data', onData).off('end', onEnd).off('close', onClose);
      resolve({ bytes: run.bytes, ended });
    };
    const onEnd = () => {
      enough(run.bytes);
      done(true);
    };
    const onClose = () => reject(new CallerLeft());
    const onData = (chunk: Buffer) => {
      run.add(chunk);
      if (run.bytes.length < Math.min(askAt, MODEL_WITHIN_BYTES)) return;
      askAt = run.bytes.length * 2;
      if (!enough(run.bytes)) return;
      req.pause();
      done(false);
    };
    req.on('data', onData).on('end', onEnd).on('close', onClose);
  });
}

/** Bytes in one run, to which more are added. Its room doubles, so that small pieces take neither time nor memory of their own. */
class GrowingRun {
  #room = Buffer.alloc(0);
  bytes = this.#room; // what is there

  add(chunk: Buffer): void {
    const before = this.bytes.length;
    if (before + chunk.length > this.#room.length) {
      this.#room = Buffer.allocUnsafe(Math.max(2 * this.#room.length, before + chunk.length));
      this.bytes.copy(this.#room);
    }
    chunk.copy(this.#room, before);
    this.bytes = this.#room.subarray(0, before + chunk.length);
  }
}

/** The pieces as one, without a copy where there is but one. Pure. */
export function whole(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks;
  return chunks.length === 1 && first ? first : Buffer.concat(chunks);
}

/** The caller went away: nobody's error. */
export class CallerLeft extends Error {
  constructor() {
    super('the caller left');
  }
}

/**
 * The caller's body as a stream that is not read before somebody sends it, so that a refused connection leaves it whole;
 * reads no faster than the runtime takes it. Ending it early does not cut the caller off.
 */
export class Upload extends Readable {
  #begun = false;

  constructor(
    private readonly req: IncomingMessage,
    private head?: Buffer,
  ) {
    super();
  }

  /** Whether bytes may have been sent. */
  get begun(): boolean {
    return this.#begun;
  }

  override _read(): void {
    if (this.#begun) return void this.req.resume();
    this.#begun = true;
    if (this.head && !this.push(this.head)) this.req.pause();
    this.req.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onClose);
  }

  override _destroy(err: Error | null, done: (err: Error | null) => void): void {
    this.req.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose);
    this.req.resume();
    done(err);
  }

  readonly #onData = (chunk: Buffer) => {
    if (!this.push(chunk)) this.req.pause();
  };
  readonly #onEnd = () => void this.push(null);
  readonly #onClose = () => {
    if (!this.req.complete) this.destroy(new CallerLeft());
  };
}
