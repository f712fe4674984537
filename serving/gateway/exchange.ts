import type { ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Digest } from '../../domain/ids';
import { answerError } from './answers';
import { CallerLeft, Upload, type Body } from './body';
import type { Measured } from './counters';
import { responseFields } from './headers';
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
  /** Whether a 404 can only mean that the runtime does not have the version: the route says that it should. */
  readonly mustBeLoaded: boolean;
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
    const { res, measured, mustBeLoaded, version } = this.asked;
    this.#resume = resume;
    if (status === 404 && mustBeLoaded) {
      this.#discards = true;
      this.#fail('not-loaded', 503, 'the version that is live is not loaded');
      return true;
    }
    if (status >= 500) this.#end('status-5xx');
    const fields = responseFields(raw);
    if (version !== null) fields.passed.push(VERSION_FIELD, version);
    if (fields.streams) measured?.streams();
    res.writeHead(status, fields.passed);
    if (!fields.hasLength) res.flushHeaders();
    return true;
  }

  onData(chunk: Buffer): boolean {
    if (this.#discards || this.asked.res.write(chunk)) return true;
    this.asked.res.once('drain', () => this.#resume?.());
    return false;
  }

  onComplete(): void {
    if (this.#discards) return;
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
