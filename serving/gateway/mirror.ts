import type { Dispatcher } from 'undici';
import type { Measured } from './counters';
import { SMALL_BYTES, whole } from './body';
import type { Call } from './exchange';
import { responseFields } from './headers';
import { lacksVersion, type NotFound } from './not-found';
import { errorKindOf, type Upstreams } from './upstreams';

const MOST_IN_FLIGHT = 64; // a slow canary must not hold more of the gateway than one busy application does

/** Sends copies of requests to a canary; their answers are read, counted and dropped. Callers never wait for them. */
export class Mirror {
  #inFlight = 0;

  constructor(private readonly upstreams: Upstreams) {}

  /** Whether one more copy may go now; one that may not is not counted. */
  get hasRoom(): boolean {
    return this.#inFlight < MOST_IN_FLIGHT;
  }

  send(call: Call, notFound: NotFound, measured: Measured): void {
    const upstream = this.upstreams.next([]);
    if (!upstream) return measured.end('left');
    this.#inFlight++;
    const done = () => void this.#inFlight--;
    upstream.pool.dispatch(call, new Copy(notFound, measured, done));
  }
}

class Copy implements Dispatcher.DispatchHandler {
  #status = 0;
  #bytes = 0;
  #encoding = '';
  readonly #refusal: Buffer[] = []; // the text of a 404

  constructor(
    private readonly notFound: NotFound,
    private readonly measured: Measured,
    private readonly done: () => void,
  ) {}

  onConnect(): void {}

  onHeaders(status: number, raw: Buffer[]): boolean {
    this.#status = status;
    const { streams, encoding } = responseFields(raw);
    this.#encoding = encoding;
    if (streams) this.measured.streams();
    return true;
  }

  onData(chunk: Buffer): boolean {
    this.#bytes += chunk.length;
    if (this.#status === 404 && this.#bytes <= SMALL_BYTES) this.#refusal.push(chunk);
    return true;
  }

  onComplete(): void {
    this.done();
    const failed = this.#status >= 500 ? 'status-5xx' : 'answered';
    this.measured.end(this.#status === 404 && this.#isNotLoaded() ? 'not-loaded' : failed);
  }

  #isNotLoaded(): boolean {
    if (this.notFound !== 'as-it-says') return this.notFound === 'version';
    return lacksVersion(whole(this.#refusal), this.#encoding);
  }

  onError(err: Error): void {
    this.done();
    this.measured.end(errorKindOf(err));
  }
}
