import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The runtime of the gateway bench: reads a request, answers at once with a small JSON. Prints its address. */
const ANSWER = Buffer.from(
  JSON.stringify({ outputs: [{ name: 'score', datatype: 'FP32', shape: [1, 1], data: [0.25] }] }),
);
const HEADERS = { 'content-type': 'application/json', 'content-length': ANSWER.length };

const server = createServer({ keepAliveTimeout: 60_000 }, (req, res) => {
  req.on('data', () => undefined).on('end', () => void res.writeHead(200, HEADERS).end(ANSWER));
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
