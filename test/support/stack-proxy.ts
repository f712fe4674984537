import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * A link between two parts that a test may slow down, interrupt, or stop at the very command that it names. It carries TCP and knows
 * nothing of what it carries. Interrupted, it is silent as a cut cable is: connections stay open and nothing comes through.
 */
export class Link {
  private readonly sockets = new Set<Socket>();
  private open: Promise<void> = Promise.resolve();
  private mendNow: (() => void) | undefined;
  private bytesPerSecond = Infinity; // towards the client
  private freeAtMs = 0;
  private watched: { readonly pattern: string; readonly seen: () => void } | undefined;

  private constructor(
    private readonly server: Server,
    private readonly targetPort: number,
  ) {
    server.on('connection', (client) => this.carry(client));
  }

  /** A link on a free port of 127.0.0.1 to another port there. */
  static async to(targetPort: number): Promise<Link> {
    const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Link(server, targetPort);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** From now on nothing comes through, in neither direction. */
  cut(): void {
    this.open = new Promise((resolve) => (this.mendNow = resolve));
  }

  /** What was under way goes on, later. */
  mend(): void {
    this.mendNow?.();
    this.open = Promise.resolve();
  }

  /** Bytes a second towards the client, all connections together. */
  slowTo(bytesPerSecond: number): void {
    this.bytesPerSecond = bytesPerSecond;
    this.freeAtMs = 0;
  }

  /** Cuts the link when a client says these words, before they arrive. @returns a promise of that moment */
  cutAt(pattern: string): Promise<void> {
    return new Promise((resolve) => (this.watched = { pattern, seen: resolve }));
  }

  async close(): Promise<void> {
    this.watched = undefined;
    this.mend();
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private carry(client: Socket): void {
    const target = connect({ port: this.targetPort, host: '127.0.0.1', allowHalfOpen: true });
    for (const socket of [client, target]) {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined).once('close', () => this.sockets.delete(socket));
    }
    const lost = () => {
      client.destroy();
      target.destroy();
    };
    pump(client, target, (chunk) => this.pass(chunk)).catch(lost);
    pump(target, client, (chunk) => this.delay(chunk)).catch(lost);
  }

  private async pass(chunk: Buffer): Promise<void> {
    if (this.watched && chunk.includes(this.watched.pattern)) {
      this.cut();
      this.watched.seen();
      this.watched = undefined;
    }
    await this.open;
  }

  private async delay(chunk: Buffer): Promise<void> {
    await this.open;
    if (this.bytesPerSecond === Infinity) return;
    const nowMs = performance.now();
    this.freeAtMs = Math.max(nowMs, this.freeAtMs) + (chunk.length / this.bytesPerSecond) * 1_000;
    await pause(this.freeAtMs - nowMs);
  }
}

async function pump(from: Socket, to: Socket, gate: (chunk: Buffer) => Promise<void>): Promise<void> {
  for await (const chunk of from as AsyncIterable<Buffer>) {
    await gate(chunk);
    if (!to.write(chunk)) await drained(to);
    if (to.destroyed) throw new Error('the other side is gone');
  }
  to.end();
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
  });
}
