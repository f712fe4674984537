import { connect, type Socket } from 'node:net';

export interface Load {
  readonly url: string;
  readonly connections: number;
  readonly bodyBytes: number;
  readonly forMs: number;
}
export interface Samples {
  readonly latenciesMs: readonly number[];
  readonly errors: number; // answers other than 200
  readonly tookMs: number;
}

const HEAD_END = '\r\n\r\n';

/** Sends POSTs in a closed loop, one under way on each connection, and measures each to the last byte of its answer. */
export async function slice({ url, connections, bodyBytes, forMs }: Load): Promise<Samples> {
  const { hostname, port, pathname, host } = new URL(url);
  const head = `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${bodyBytes}`;
  const request = Buffer.from(head + HEAD_END + 'x'.repeat(bodyBytes));
  const begun = performance.now();
  const run = { request, until: begun + forMs, latenciesMs: [] as number[], errors: 0 };
  await Promise.all(Array.from({ length: connections }, () => connection(connect(Number(port), hostname), run)));
  return { latenciesMs: run.latenciesMs, errors: run.errors, tookMs: performance.now() - begun };
}

interface Run {
  readonly request: Buffer;
  readonly until: number; // performance.now()
  readonly latenciesMs: number[];
  errors: number;
}

async function connection(socket: Socket, run: Run): Promise<void> {
  return new Promise((resolve, reject) => {
    let sentAt = 0;
    let received = '';
    const send = () => {
      if (performance.now() >= run.until) return void socket.end();
      sentAt = performance.now();
      socket.write(run.request);
    };
    socket.setNoDelay(true).setEncoding('latin1').on('connect', send).on('error', reject);
    socket.on('close', () => resolve());
    socket.on('data', (chunk: string) => {
      received = received === '' ? chunk : received + chunk;
      if (!isWhole(received)) return;
      run.latenciesMs.push(performance.now() - sentAt);
      if (!received.startsWith('HTTP/1.1 200')) run.errors++;
      received = '';
      send();
    });
  });
}

/** Whether an answer with a length, or in chunks, has arrived to its end. */
function isWhole(received: string): boolean {
  const end = received.indexOf(HEAD_END);
  if (end < 0) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(received.slice(0, end))?.[1];
  return length === undefined ? received.endsWith(`0${HEAD_END}`) : received.length >= end + 4 + Number(length);
}
