import { Pool } from 'undici';

const REST_MS = 500; // a runtime that refused a connection is passed over so long, where there is another
const CONNECT_MS = 2_000; // a runtime stands in the same region: milliseconds away

// Errors of connecting: not a byte was sent, so the request may go to another runtime.
const NEVER_SENT = new Set([
  ...['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENOTFOUND', 'EAI_AGAIN'],
  ...['UND_ERR_CONNECT_TIMEOUT', 'EADDRNOTAVAIL'],
]);

/** One runtime of the region. */
export interface Upstream {
  readonly url: string;
  readonly pool: Pool;
  restsUntilMs: number; // performance.now()
}

/** The runtimes of the region, taken in turn. */
export class Upstreams {
  readonly #all: readonly Upstream[];
  #turn = 0;

  constructor(urls: readonly string[], { timeoutMs, ca }: { timeoutMs: number; ca: string | null }) {
    const connect = { timeout: CONNECT_MS, ...(ca !== null && { ca }) };
    const options = { connect, headersTimeout: timeoutMs, bodyTimeout: timeoutMs, pipelining: 1 };
    this.#all = urls.map((url) => ({ url, pool: new Pool(url, options), restsUntilMs: 0 }));
  }

  /** The next one that was not tried yet, those that refused a moment ago last; undefined when all were tried. */
  next(tried: readonly Upstream[]): Upstream | undefined {
    const nowMs = performance.now();
    this.#turn = (this.#turn + 1) % this.#all.length;
    let resting: Upstream | undefined;
    for (let step = 0; step < this.#all.length; step++) {
      const one = this.#all[(this.#turn + step) % this.#all.length];
      if (!one || tried.includes(one)) continue;
      if (one.restsUntilMs <= nowMs) return one;
      resting ??= one;
    }
    return resting;
  }

  /** Notes that a runtime refused. */
  rest(upstream: Upstream): void {
    upstream.restsUntilMs = performance.now() + REST_MS;
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map(({ pool }) => pool.destroy()));
  }
}

/** Whether the request cannot have reached the runtime. Pure. */
export function neverSent(err: unknown): boolean {
  return NEVER_SENT.has(codeOf(err)); // of several addresses tried, Node's AggregateError carries the first's code
}

/** What an error means for the version that was asked. Pure. */
export function errorKindOf(err: unknown): 'connect' | 'timeout' | 'reset' {
  if (neverSent(err)) return 'connect';
  const code = codeOf(err);
  return code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT' ? 'timeout' : 'reset';
}

function codeOf(err: unknown): string {
  return typeof err === 'object' && err !== null && 'code' in err ? String(err.code) : '';
}
