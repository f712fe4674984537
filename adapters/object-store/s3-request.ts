import http from 'node:http';
import https from 'node:https';
import { Client } from 'minio';
import { Failure } from '../../domain/failures';
import { S3Refusal } from './s3-failure';

export interface S3Connection {
  readonly endpoint: string; // e.g. `http://127.0.0.1:9000`
  readonly bucket: string;
  readonly pathPrefix?: string; // folder in the bucket, without slashes at its ends; default: the whole bucket
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region?: string; // of the signature; default `us-east-1`
  readonly connectTimeoutMs?: number; // default 5 s
  readonly stallMs?: number; // silence after which a call is given up; default 30 s
}
export interface S3Timeouts {
  readonly connectTimeoutMs: number;
  readonly stallMs: number;
}

/** Statuses that the client would retry by itself, writing to the console and leaving the answer's body unread. */
const isRetriedByClient = (status: number) => status >= 500 || status === 408 || status === 429 || status === 499;

/**
 * The minio client, made for one call. 8.0.7 has no timeout and no way to abort, so each
 * call gets a client whose transport carries both; clients hold no connection, the agent does.
 */
export function s3Client(
  connection: S3Connection,
  timeouts: S3Timeouts,
  agent: http.Agent,
  signal?: AbortSignal,
): Client {
  const { protocol, hostname, port } = new URL(connection.endpoint);
  const secure = protocol === 'https:';
  const { accessKey, secretKey, region = 'us-east-1' } = connection;
  return new Client({
    endPoint: hostname,
    ...(port ? { port: Number(port) } : {}),
    useSSL: secure,
    accessKey,
    secretKey,
    region,
    transport: guardedTransport(secure, timeouts, signal),
    transportAgent: agent,
    retryOptions: { disableRetry: true },
  });
}

/** Sends one request, aborted by the signal, given up when it does not connect or nothing moves. */
function guardedTransport(secure: boolean, timeouts: S3Timeouts, signal: AbortSignal | undefined) {
  const request = (options: http.RequestOptions, onResponse: (response: http.IncomingMessage) => void) => {
    const sent = (secure ? https : http).request({ ...options, ...(signal ? { signal } : {}) }, (response) => {
      const status = response.statusCode ?? 0;
      if (isRetriedByClient(status)) refuse(sent, response, status);
      else onResponse(response);
    });
    guardConnecting(sent, timeouts.connectTimeoutMs);
    sent.setTimeout(timeouts.stallMs, () => sent.destroy(silence(timeouts.stallMs)));
    return sent;
  };
  return { request } as Pick<typeof http, 'request'>;
}

function guardConnecting(request: http.ClientRequest, connectTimeoutMs: number): void {
  const late = setTimeout(() => request.destroy(errorWithCode('ETIMEDOUT', connectTimeoutMs)), connectTimeoutMs);
  const connected = () => clearTimeout(late);
  request.once('socket', (socket) => (socket.connecting ? socket.once('connect', connected) : connected()));
  request.once('close', connected);
}

function refuse(request: http.ClientRequest, response: http.IncomingMessage, status: number): void {
  const chunks: Buffer[] = [];
  const fail = () =>
    request.emit('error', new S3Refusal(status, s3Code(Buffer.concat(chunks)), response.headers['retry-after']));
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  response.once('end', fail).once('error', fail);
}

/** The code of an S3 error document; empty where there is none. */
export function s3Code(body: Uint8Array): string {
  return /<Code>([A-Za-z0-9]{1,64})<\/Code>/.exec(Buffer.from(body).toString('utf8'))?.[1] ?? '';
}

function silence(stallMs: number): Error {
  return new Failure('StoreUnavailable', `the store was silent for ${stallMs} ms`);
}

function errorWithCode(code: string, ms: number): Error {
  return Object.assign(new Error(`no connection within ${ms} ms`), { code });
}
