import type { ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Digest } from '../../domain/ids';
import { answerError } from './answers';
import { CallerLeft, SMALL_BYTES, Upload, whole, type Body } from './body';
import type { Measured } from './counters';
import { responseFields } from './headers';
import { lacksVersion, type NotFound } from './not-found';
import type { Ending } from './segment';
import { errorKindOf, neverSent, type Upstream, type Upstreams } from './upstreams';

/** A request as a runtime gets it. */
export interface Call {
  readonly path: string;
  readonly method: Dispatcher.HttpMethod;
  readonly headers: string[];
  readonly body: Body;
}
interface Asked {
  readonly call: Call;
  readonly res: ServerResponse;
  readonly measured: Measured | null; // null: not a request that a version is judged by
  readonly version: Digest | null; // said in the answer
  readonly notFound: NotFound;
}
/** A 404 of which only the text will show whether it may be passed on. */
interface Held {
  readonly passed: string[];
  readonly encoding: string;
  readonly chunks: Buffer[];
  bytes: number;
}

const VERSION_FIELD = 'x-model-version';
const RETRY_AFTER_S = '1'; // a runtime that was killed is started again within about a second

/**
 * One request to a runtime, its answer streamed back. Tries another runtime only when the connection was refused: nothing was
 * sent then. The answer is read no faster than the caller takes it; a caller who leaves ends the call.
 * Speaks undici's raw handler interface: fields pass as they came.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  #abort: ((err: Error) => void) | undefined;
  #resume: (() => void) | undefined;
  #upstream: Upstream | undefined;
  readonly #tried: Upstream[] = [];
  #ended = false;
  #discards = false;
  #held: Held | null = null;

  constructor(
    private readonly upstreams: Upstreams,
    private readonly asked: Asked,
  ) {
    asked.res.on('close', () => this.#onClose());
  }

  /** Sends the call to the next runtime. */
  send(): void {
    this.#upstream = this.upstreams.next(this.#tried);
    if (!this.#upstream) return this.#fail('connect', 503, 'no runtime of this region can be reached');
    this.#tried.push(this.#upstream);
    this.#upstream.pool.dispatch(this.asked.call, this);
  }

  onConnect(abort: (err?: Error) => void): void {
    this.#abort = abort;
    if (this.#ended) abort(new CallerLeft());
  }

  onHeaders(status: number, raw: Buffer[], resume: () => void): boolean {
    if (status < 200) return true; // interim: ours have been sent already
    const { measured, notFound, version } = this.asked;
    this.#resume = resume;
    if (status === 404 && notFound === 'version') {
      this.#discards = true;
      this.#failNotLoaded();
      return true;
    }
    if (status >= 500) this.#end('status-5xx');
    const { passed, hasLength, streams, encoding } = responseFields(raw);
    if (version !== null) passed.push(VERSION_FIELD, version);
    if (streams) measured?.streams();
    if (status === 404 && notFound === 'as-it-says') this.#held = { passed, encoding, chunks: [], bytes: 0 };
    else this.#begin(status, passed, hasLength);
    return true;
  }

  onData(chunk: Buffer): boolean {
    const { res } = this.asked;
    if (this.#discards) return true;
    if (this.#held) {
      this.#held.chunks.push(chunk);
      this.#held.bytes += chunk.length;
      if (this.#held.bytes > SMALL_BYTES) this.#passOn(this.#held); // no refusal is that long
      return true;
    }
    if (res.write(chunk)) return true;
    res.once('drain', () => this.#resume?.());
    return false;
  }

  onComplete(): void {
    if (this.#discards) return;
    if (this.#held) {
      if (lacksVersion(whole(this.#held.chunks), this.#held.encoding)) return this.#failNotLoaded();
      this.#passOn(this.#held);
    }
    this.#end('answered');
    this.asked.res.end();
  }

  onError(err: Error): void {
    const { res, call } = this.asked;
    if (this.#discards) return;
    if (this.#ended || res.destroyed || err instanceof CallerLeft) return this.#leave();
    const untouched = !(call.body instanceof Upload && call.body.begun);
    if (neverSent(err) && this.#upstream && untouched) {
      this.upstreams.rest(this.#upstream);
      return this.send();
    }
    const kind = errorKindOf(err);
    if (kind === 'timeout') return this.#fail(kind, 504, 'the runtime did not answer in time');
    this.#fail(kind, 502, 'the runtime broke the connection');
  }

  /** Counts the error and says so, or cuts an answer that has begun: half an answer must not look like a whole one. */
  #fail(kind: Exclude<Ending, 'answered' | 'left'>, status: number, text: string): void {
    const { res, version } = this.asked;
    this.#end(kind);
    if (res.headersSent) return void res.destroy();
    const fields = { ...(version !== null && { [VERSION_FIELD]: version }) };
    answerError(res, status, text, { ...fields, ...(status === 503 && { 'retry-after': RETRY_AFTER_S }) });
  }

  #failNotLoaded(): void {
    this.#fail('not-loaded', 503, 'the version that is live is not loaded');
  }

  #begin(status: number, passed: string[], hasLength: boolean): void {
    const { res } = this.asked;
    res.writeHead(status, passed);
    if (!hasLength) res.flushHeaders();
  }

  #passOn({ passed, chunks }: Held): void {
    this.#held = null;
    this.#begin(404, passed, true);
    this.asked.res.write(whole(chunks));
  }

  #leave(): void {
    this.#end('left');
    if (!this.asked.res.writableEnded) this.asked.res.destroy();
  }

  #end(ending: Ending): void {
    this.#ended = true;
    this.asked.measured?.end(ending);
  }

  #onClose(): void {
    const { res } = this.asked;
    if (res.writableFinished || this.#discards) return;
    this.#end('left');
    this.#abort?.(new CallerLeft());
  }
}
