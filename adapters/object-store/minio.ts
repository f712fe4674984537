import http from 'node:http';
import https from 'node:https';
import { Failure } from '../../domain/failures';
import { checkObjectKey, checkObjectPrefix } from '../../domain/object-key';
import type { ByteRange, ObjectHead, ObjectStore, PutCondition } from '../../ports/object-store';
import { chunksOf, contentLength, drained, etagOf, headOf, unquoted, type Expected } from './s3-body';
import { S3Refusal, s3Failure } from './s3-failure';
import { s3Client, s3Code, type S3Connection, type S3Timeouts } from './s3-request';

const MAX_GET_BYTES = 8 * 1024 * 1024; // ports/object-store.ts
const MAX_PUT_BYTES = 64 * 1024 * 1024; // ports/object-store.ts
const CONFLICT_RETRIES = 3; // 409: another conditional put of this key was under way (S3: conditional writes)
const LIST_PAGE = 1000; // the most that S3 gives at once
/** All of them, so that the client leaves their reading to us: it throws HEAD's 404 without its status. */
const ANY_STATUS = Array.from({ length: 500 }, (_, index) => 100 + index);

interface Call {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly answers: readonly number[]; // statuses that are answers; all others throw
  readonly signal?: AbortSignal | undefined;
}

/**
 * Objects in a bucket of an S3 server, through the minio client: single puts only, conditions by If-Match and If-None-Match. Both are
 * one step on Versity Gateway 1.8.0, also between two gateways on one folder: of 300 keys with 8 racing creators each had one
 * winner, and 8 writers counting to 800 lost no update (measured; test/contract/object-store.ts repeats it in small).
 */
export class MinioObjectStore implements ObjectStore {
  readonly address: string;
  private readonly agent: http.Agent;
  private readonly timeouts: S3Timeouts;
  private readonly prefix: string; // before every key

  constructor(private readonly connection: S3Connection) {
    const { endpoint, bucket, pathPrefix } = connection;
    this.prefix = pathPrefix === undefined ? '' : `${checkObjectKey(pathPrefix)}/`;
    this.address = `s3 ${endpoint.replace(/\/$/, '')}/${bucket}${this.prefix && `/${pathPrefix}`}`;
    this.timeouts = { connectTimeoutMs: connection.connectTimeoutMs ?? 5_000, stallMs: connection.stallMs ?? 30_000 };
    const options = { keepAlive: true, maxSockets: 64 };
    this.agent = connection.endpoint.startsWith('https:') ? new https.Agent(options) : new http.Agent(options);
  }

  /** Makes the bucket unless it is there: for who sets a store up, not for workers. */
  async createBucket(): Promise<void> {
    await this.call({ method: 'PUT', answers: [200, 409] }).then(drained);
  }

  /** Closes idle connections. */
  close(): void {
    this.agent.destroy();
  }

  async head(key: string, signal?: AbortSignal): Promise<ObjectHead | undefined> {
    const response = await this.call({ method: 'HEAD', key, answers: [200, 404], signal });
    response.resume();
    return response.statusCode === 404 ? undefined : headOf(key, response);
  }

  async get(key: string, signal?: AbortSignal) {
    const response = await this.call({ method: 'GET', key, answers: [200, 404], signal });
    if (response.statusCode === 404) {
      await this.missing(response);
      return undefined;
    }
    const head = headOf(key, response);
    if (head.bytes > MAX_GET_BYTES) {
      response.destroy();
      throw new TypeError(`${key} has ${head.bytes} bytes: too large to get, read it`);
    }
    const body = new Uint8Array(head.bytes);
    let at = 0;
    for await (const chunk of chunksOf(response, this.expected(key, head.bytes, signal))) {
      body.set(chunk, at);
      at += chunk.byteLength;
    }
    return { head, body };
  }

  async *read(key: string, signal: AbortSignal, range?: ByteRange): AsyncIterable<Uint8Array> {
    const headers: Record<string, string> = range
      ? { range: `bytes=${range.from}-${range.from + range.bytes - 1}` }
      : {};
    const response = await this.call({ method: 'GET', key, headers, answers: [200, 206, 404], signal });
    if (response.statusCode === 404) {
      await this.missing(response);
      throw new Failure('FreightNotFound', `no object ${key} in ${this.address}`);
    }
    if (range && response.statusCode === 200) {
      response.destroy();
      throw new Failure('Unsupported', `${this.address} ignores ranges: it cannot serve as a store`);
    }
    yield* chunksOf(response, this.expected(key, range?.bytes ?? contentLength(response), signal));
  }

  async put(key: string, body: Uint8Array, condition?: PutCondition, signal?: AbortSignal) {
    if (body.byteLength > MAX_PUT_BYTES)
      throw new TypeError(`${key} has ${body.byteLength} bytes: the most is ${MAX_PUT_BYTES}`);
    const headers = conditionHeaders(condition);
    for (let attempt = 1; ; attempt++) {
      const answers = condition ? [200, 404, 409, 412] : [200];
      const response = await this.call({ method: 'PUT', key, headers, body, answers, signal });
      const said = await drained(response);
      const code = s3Code(said);
      const status = response.statusCode ?? 0;
      if (status === 200) return { key, bytes: body.byteLength, etag: etagOf(response) };
      if (status === 412 || (status === 404 && code === 'NoSuchKey')) return undefined; // 404: `match` where nothing is
      if (status === 404 || attempt > CONFLICT_RETRIES)
        throw s3Failure(new S3Refusal(status, code, undefined), this.address);
    }
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncIterable<ObjectHead> {
    checkObjectPrefix(prefix);
    let token = '';
    do {
      const client = s3Client(this.connection, this.timeouts, this.agent, signal);
      const page = await this.mapped(
        () => client.listObjectsV2Query(this.connection.bucket, this.prefix + prefix, token, '', LIST_PAGE, ''),
        signal,
      );
      for (const { name, size, etag } of page.objects) {
        if (name === undefined || name.endsWith('/')) continue; // a folder's own mark
        yield { key: name.slice(this.prefix.length), bytes: size, etag: unquoted(etag) };
      }
      token = page.isTruncated ? page.nextContinuationToken : '';
    } while (token !== '');
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    await this.call({ method: 'DELETE', key, answers: [200, 204, 404], signal }).then(drained);
  }

  async freeBytes(): Promise<number | null> {
    return null; // S3 does not say
  }

  private async call({ method, key, headers = {}, body, answers, signal }: Call): Promise<http.IncomingMessage> {
    if (key !== undefined) checkObjectKey(key);
    const { bucket, region = 'us-east-1' } = this.connection;
    const options = {
      method,
      bucketName: bucket,
      ...(key === undefined ? {} : { objectName: this.prefix + key }),
      headers: { ...headers },
    };
    const payload = body ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : '';
    return this.mapped(async () => {
      const client = s3Client(this.connection, this.timeouts, this.agent, signal);
      const response = await client.makeRequestAsync(options, payload, ANY_STATUS, region);
      const status = response.statusCode ?? 0;
      if (answers.includes(status)) return response;
      throw new S3Refusal(status, s3Code(await drained(response)), response.headers['retry-after']);
    }, signal);
  }

  /** Whether it is the object or the whole bucket that is missing. @throws `StoreUnavailable` for the latter */
  private async missing(response: http.IncomingMessage): Promise<void> {
    const code = s3Code(await drained(response));
    if (code === 'NoSuchBucket') throw s3Failure(new S3Refusal(404, code, undefined), this.address);
  }

  private expected(key: string, bytes: number, signal?: AbortSignal): Expected {
    return { what: `${key} in ${this.address}`, bytes, signal };
  }

  private async mapped<T>(run: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    signal?.throwIfAborted();
    try {
      return await run();
    } catch (error) {
      signal?.throwIfAborted();
      throw s3Failure(error, this.address);
    }
  }
}

function conditionHeaders(condition: PutCondition | undefined): Record<string, string> {
  if (!condition) return {};
  return condition.kind === 'absent' ? { 'if-none-match': '*' } : { 'if-match': `"${condition.etag}"` };
}
