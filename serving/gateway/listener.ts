import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

const DRAIN_MS = 10_000; // what a request under way gets to end
const SWEEP_MS = 50; // how soon a connection goes once its last answer is out
const IDLE_MS = 75_000; // longer than the idle time of common clients and balancers, so that they close first

/** How long a caller may take to send a request, to the last byte of its body; an answer may take as long as it likes. */
export interface Patience {
  readonly requestMs: number; // its head gets a fifth
  readonly checkMs: number; // how often it is looked at
}
const PATIENCE: Patience = { requestMs: 300_000, checkMs: 5_000 }; // five minutes as by default in Node's manual: big bodies, slow links

interface Options {
  readonly host: string;
  readonly port: number; // 0: any free one
  readonly tls: { readonly cert: string; readonly key: string } | null; // PEM
  readonly patience?: Patience;
}

/** A server that can be closed without failing anybody who was in time. */
export class Listener {
  readonly #answering = new Set<ServerResponse>();
  readonly #server: Server;

  private constructor(
    private readonly options: Options,
    handle: RequestListener,
  ) {
    const onRequest: RequestListener = (req, res) => {
      this.#answering.add(res);
      res.on('close', () => this.#answering.delete(res));
      if (!this.#server.listening) res.shouldKeepAlive = false;
      handle(req, res);
    };
    const { tls, patience = PATIENCE } = options;
    const settings = {
      keepAliveTimeout: IDLE_MS,
      requestTimeout: patience.requestMs,
      headersTimeout: patience.requestMs / 5,
      connectionsCheckingInterval: patience.checkMs,
    };
    this.#server = tls ? createTlsServer({ ...settings, ...tls }, onRequest) : createServer(settings, onRequest);
  }

  /** @throws Error when the port is taken */
  static async open(options: Options, handle: RequestListener): Promise<Listener> {
    const listener = new Listener(options, handle);
    const server = listener.#server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(options.port, options.host, () => resolve(void server.off('error', reject)));
    });
    return listener;
  }

  get url(): string {
    const { host, tls } = this.options;
    const { port } = this.#server.address() as AddressInfo;
    return `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  /** Takes nothing new, tells those who are being answered that the connection ends, and cuts what is left after 10 s. */
  async close(): Promise<void> {
    const server = this.#server;
    const ended = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const res of this.#answering) res.shouldKeepAlive = false;
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS); // those whose answer had begun already
    const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    await ended;
    clearInterval(sweep);
    clearTimeout(cut);
  }
}
