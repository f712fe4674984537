import { request, type Dispatcher } from 'undici';
import { z } from 'zod';
import { Failure } from '../../domain/failures';

export interface Credentials {
  readonly username: string;
  readonly password: string; // or a token
}
export interface Challenge {
  readonly scheme: 'basic' | 'bearer';
  readonly realm: string;
  readonly service: string | undefined;
  readonly scope: string | undefined;
}

const tokenSchema = z.union([
  z.looseObject({ token: z.string().min(1) }),
  z.looseObject({ access_token: z.string().min(1) }).transform(({ access_token }) => ({ token: access_token })),
]);

/** Reads `WWW-Authenticate` (RFC 9110 11.6.1); Bearer before Basic where both are offered. */
export function readChallenge(header: string | readonly string[] | undefined): Challenge | undefined {
  const offers = (Array.isArray(header) ? header : [header ?? '']).map((offer: string) => readOffer(offer));
  return offers.find((offer) => offer?.scheme === 'bearer') ?? offers.find((offer) => offer !== undefined);
}

function readOffer(offer: string): Challenge | undefined {
  const scheme = /^\s*(basic|bearer)\b/i.exec(offer)?.[1]?.toLowerCase();
  if (scheme !== 'basic' && scheme !== 'bearer') return undefined;
  const of = (name: string) => new RegExp(`\\b${name}="([^"]*)"`, 'i').exec(offer)?.[1];
  return { scheme, realm: of('realm') ?? '', service: of('service'), scope: of('scope') };
}

export interface Authentication {
  readonly challenge: Challenge;
  readonly credentials: Credentials | undefined;
  readonly registry: URL;
  readonly scope: string; // what we need, where the challenge names none
  readonly options: Pick<Dispatcher.RequestOptions, 'headersTimeout' | 'bodyTimeout'> & {
    readonly dispatcher: Dispatcher;
  };
  readonly signal: AbortSignal | undefined;
}

/** The `Authorization` that answers a challenge (distribution token specification). @throws `AccessDenied` (final) */
export async function authorize(authentication: Authentication): Promise<string> {
  const { challenge, credentials, registry, options, signal } = authentication;
  if (challenge.scheme === 'basic') {
    if (credentials) return basic(credentials);
    throw new Failure(
      'AccessDenied',
      `${registry.origin} asks for a user name and password: give the registry's credentials`,
    );
  }
  const { statusCode, body } = await request(tokenUrl(authentication), {
    ...options,
    headers: credentials ? { authorization: basic(credentials) } : {},
    ...(signal ? { signal } : {}),
  });
  const text = await body.text();
  if (statusCode === 200) {
    const parsed = tokenSchema.safeParse(readJson(text));
    if (parsed.success) return `Bearer ${parsed.data.token}`;
  }
  if (statusCode >= 500)
    throw new Failure('RegistryUnavailable', `${challenge.realm} answered ${statusCode} when asked for a token`);
  throw new Failure(
    'AccessDenied',
    `${challenge.realm} gave no token (${statusCode}): check the registry's credentials`,
  );
}

function tokenUrl({ challenge, registry, scope }: Authentication): URL {
  let url: URL;
  try {
    url = new URL(challenge.realm);
  } catch {
    throw new Failure(
      'AccessDenied',
      `${registry.origin} names no place to get a token: ${JSON.stringify(challenge.realm)}`,
    );
  }
  if (registry.protocol === 'https:' && url.protocol !== 'https:') {
    throw new Failure('AccessDenied', `${registry.origin} sends credentials over plain http to ${url.origin}: refused`);
  }
  if (challenge.service !== undefined) url.searchParams.set('service', challenge.service);
  url.searchParams.set('scope', challenge.scope ?? scope);
  return url;
}

function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
