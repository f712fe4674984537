import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** Answers with JSON. Does nothing once an answer has begun or the caller has left. */
export function answer(res: ServerResponse, status: number, value: unknown, headers: OutgoingHttpHeaders = {}): void {
  if (res.headersSent || res.destroyed) return;
  const body = Buffer.from(JSON.stringify(value));
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length, ...headers }).end(body);
}

/** Answers with the error body of the Open Inference Protocol v2: `{"error": "..."}`. */
export function answerError(res: ServerResponse, status: number, error: string, headers?: OutgoingHttpHeaders): void {
  answer(res, status, { error }, headers);
}
