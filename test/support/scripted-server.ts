import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A real HTTP server that misbehaves as told: what real servers do too seldom to test with. */
export interface ScriptedServer {
  readonly url: string;
  readonly seen: { readonly method: string; readonly path: string; readonly headers: IncomingMessage['headers'] }[];
  /** Answers of the next requests, in turn; the last one answers all that follow. */
  script(...answers: Answer[]): void;
  stop(): Promise<void>;
}

export async function startScripted(): Promise<ScriptedServer> {
  let answers: Answer[] = [];
  const seen: ScriptedServer['seen'] = [];
  const server = createServer((request, response) => {
    seen.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers });
    request.resume();
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    request.once('end', () => answer?.(request, response));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  const script = (...next: Answer[]) => {
    answers = next;
    seen.length = 0;
  };
  return { url: `http://127.0.0.1:${port}`, seen, script, stop };
}

export const status =
  (code: number, body: Uint8Array | string = '', headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    response.writeHead(code, { 'content-length': String(Buffer.byteLength(body)), ...headers }).end(body);

/** Announces `announced` bytes, sends these, and drops the connection. */
export const truncated =
  (body: Uint8Array, announced: number, code = 200): Answer =>
  (_, response) => {
    response.writeHead(code, { 'content-length': String(announced), etag: '"e"' });
    response.write(body, () => response.destroy());
  };

/** Sends these bytes and then nothing, for ever. */
export const stalled =
  (body: Uint8Array, announced: number, code = 200): Answer =>
  (_, response) => {
    response.writeHead(code, { 'content-length': String(announced), etag: '"e"' });
    response.write(body);
  };

/** Takes the request and never answers. */
export const silent: Answer = () => undefined;
