import { Agent, request, type Dispatcher } from 'undici';
import { Failure } from '../../domain/failures';
import { authorize, readChallenge, type Credentials } from './oci-auth';
import { networkFailure, refusal } from './oci-failure';

export interface OciConnection {
  readonly url: string; // e.g. `https://registry.example:5000`
  readonly credentials?: Credentials;
  readonly connectTimeoutMs?: number; // default 5 s
  readonly stallMs?: number; // silence after which a call is given up; default 30 s
}
export interface OciCall {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH';
  readonly url: string; // a path of the registry, or where it said to go on
  readonly repository: string;
  readonly access: 'pull' | 'pull,push';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly answers: readonly number[]; // statuses that are answers; all others throw
  readonly signal?: AbortSignal | undefined;
}

const MAX_REDIRECTS = 5;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** Requests to one registry: redirects followed without handing credentials to a foreign host, challenges answered once. */
export class OciHttp {
  readonly address: string;
  private readonly base: URL;
  private readonly options;
  private readonly authorizations = new Map<string, string>(); // by scope

  constructor(private readonly connection: OciConnection) {
    this.base = new URL(connection.url);
    this.address = this.base.origin;
    const { connectTimeoutMs = 5_000, stallMs = 30_000 } = connection;
    const dispatcher = new Agent({ connect: { timeout: connectTimeoutMs } });
    this.options = { dispatcher, headersTimeout: stallMs, bodyTimeout: stallMs };
  }

  async close(): Promise<void> {
    await this.options.dispatcher.close();
  }

  /** @throws `RegistryUnavailable`, `Throttled` (retried), `AccessDenied`, `Unsupported` (final) */
  async call(call: OciCall): Promise<Dispatcher.ResponseData> {
    call.signal?.throwIfAborted();
    try {
      const response = await this.authorized(call);
      if (call.answers.includes(response.statusCode)) return response;
      throw await refusal(response, `${this.address} (${call.method} ${call.repository})`);
    } catch (error) {
      call.signal?.throwIfAborted();
      throw networkFailure(error, this.address);
    }
  }

  private async authorized(call: OciCall): Promise<Dispatcher.ResponseData> {
    const response = await this.redirected(call);
    if (response.statusCode !== 401) return response;
    const challenge = readChallenge(response.headers['www-authenticate']);
    await response.body.dump();
    if (!challenge) throw new Failure('AccessDenied', `${this.address} answered 401 and does not say how to sign in`);
    const scope = scopeOf(call);
    const { credentials } = this.connection;
    const { options, base: registry } = this;
    this.authorizations.set(
      scope,
      await authorize({ challenge, credentials, registry, scope, options, signal: call.signal }),
    );
    return this.redirected(call);
  }

  private async redirected({ method, url, headers, body, signal, ...call }: OciCall): Promise<Dispatcher.ResponseData> {
    let target = new URL(url, this.base);
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const authorization = target.origin === this.base.origin ? this.authorizations.get(scopeOf(call)) : undefined;
      const response = await request(target, {
        ...this.options,
        method,
        headers: { ...headers, ...(authorization === undefined ? {} : { authorization }) },
        ...(body === undefined ? {} : { body }),
        ...(signal ? { signal } : {}),
      });
      const { location } = response.headers;
      if (!REDIRECTS.includes(response.statusCode) || typeof location !== 'string') return response;
      await response.body.dump();
      target = new URL(location, target);
    }
    throw new Failure('RegistryUnavailable', `${this.address} redirects more than ${MAX_REDIRECTS} times`);
  }
}

function scopeOf({ repository, access }: Pick<OciCall, 'repository' | 'access'>): string {
  return `repository:${repository}:${access}`;
}
