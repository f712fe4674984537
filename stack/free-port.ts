import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the ports that systems give to outgoing connections (Linux 32768-60999, IANA 49152-65535), one of which could take ours.
const [FIRST_PORT, PORTS] = [12_000, 20_000];
const given = new Set<number>();

/** A port that was free a moment ago, that no outgoing connection takes before it is used, and that this process was not given before. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + randomInt(PORTS);
    if (given.has(port)) continue;
    given.add(port); // before the question: who asks meanwhile gets another
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
