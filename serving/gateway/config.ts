import { readFileSync } from 'node:fs';
import { parseNodeId, type NodeId } from '../../domain/ids';

/** Which requests stay on one arm while a canary's weight rises: none, those with `x-client-id`, those of an address too. */
export type Sticky = 'none' | 'client' | 'address';

export interface GatewayConfig {
  readonly node: NodeId;
  readonly host: string;
  readonly port: number; // 0: any free one
  readonly controlPort: number; // 0: any free one
  readonly stateDir: string;
  readonly upstreams: readonly string[]; // base URLs of the region's runtimes, at least one
  readonly token: string; // of the control listener
  readonly tls: { readonly cert: string; readonly key: string } | null; // PEM, for both listeners
  readonly upstreamCa: string | null; // PEM, for runtimes behind https
  readonly sticky: Sticky;
  readonly timeoutMs: number; // silence of a runtime, before its answer and within it
  readonly warmUpMs: number;
}

const DEFAULTS = {
  MERIDIAN_GATEWAY_NODE: undefined, // a name, unique in its region
  MERIDIAN_GATEWAY_HOST: '127.0.0.1',
  MERIDIAN_GATEWAY_PORT: '0',
  MERIDIAN_GATEWAY_CONTROL_PORT: '0',
  MERIDIAN_GATEWAY_STATE_DIR: undefined,
  MERIDIAN_GATEWAY_UPSTREAMS: undefined, // comma-separated
  MERIDIAN_GATEWAY_TOKEN_FILE: undefined,
  MERIDIAN_GATEWAY_TLS_CERT_FILE: '',
  MERIDIAN_GATEWAY_TLS_KEY_FILE: '',
  MERIDIAN_GATEWAY_UPSTREAM_CA_FILE: '',
  MERIDIAN_GATEWAY_STICKY: 'none', // stickiness skews the split where clients are few, and the judge refuses a skewed split
  MERIDIAN_GATEWAY_TIMEOUT_MS: '60000', // the default of HAProxy's and nginx's manuals
  MERIDIAN_GATEWAY_WARM_UP_MS: '2000', // contract 5
} as const;
type Name = keyof typeof DEFAULTS;

/** Every name of the environment that the gateway knows. */
export const GATEWAY_ENVIRONMENT = Object.keys(DEFAULTS) as readonly Name[];

const MIN_TOKEN = 16; // characters; 128 bits in hex are 32

/** Reads the environment and the files that it names. @throws Error with every problem at once, each with what to do */
export function readConfig(env: NodeJS.ProcessEnv): GatewayConfig {
  const problems: string[] = [];
  const unknown = Object.keys(env).filter((name) => name.startsWith('MERIDIAN_GATEWAY_') && !(name in DEFAULTS));
  for (const name of unknown) problems.push(`${name}: not known; known are ${GATEWAY_ENVIRONMENT.join(', ')}`);

  const text = (name: Name): string => {
    const value = env[name]?.trim() || DEFAULTS[name];
    if (value === undefined) problems.push(`${name}: missing`);
    return value ?? '';
  };
  const checked = <T>(name: Name, parse: (value: string) => T, otherwise: T): T => {
    const value = text(name);
    if (value === '') return otherwise;
    try {
      return parse(value);
    } catch (err) {
      problems.push(`${name}: ${err instanceof Error ? err.message : String(err)}`);
      return otherwise;
    }
  };
  const file = (name: Name) => checked<string | null>(name, (path) => readFileSync(path, 'utf8'), null);

  const cert = file('MERIDIAN_GATEWAY_TLS_CERT_FILE');
  const key = file('MERIDIAN_GATEWAY_TLS_KEY_FILE');
  if ((cert === null) !== (key === null)) problems.push('MERIDIAN_GATEWAY_TLS_CERT_FILE, _KEY_FILE: give both or none');
  const config: GatewayConfig = {
    node: checked('MERIDIAN_GATEWAY_NODE', parseNodeId, '' as NodeId),
    host: text('MERIDIAN_GATEWAY_HOST'),
    port: checked('MERIDIAN_GATEWAY_PORT', portOf, 0),
    controlPort: checked('MERIDIAN_GATEWAY_CONTROL_PORT', portOf, 0),
    stateDir: text('MERIDIAN_GATEWAY_STATE_DIR'),
    upstreams: checked('MERIDIAN_GATEWAY_UPSTREAMS', upstreamsOf, []),
    token: checked('MERIDIAN_GATEWAY_TOKEN_FILE', tokenOf, ''),
    tls: cert !== null && key !== null ? { cert, key } : null,
    upstreamCa: file('MERIDIAN_GATEWAY_UPSTREAM_CA_FILE'),
    sticky: checked('MERIDIAN_GATEWAY_STICKY', stickyOf, 'none'),
    timeoutMs: checked('MERIDIAN_GATEWAY_TIMEOUT_MS', (value) => whole(value, 1, 86_400_000), 1),
    warmUpMs: checked('MERIDIAN_GATEWAY_WARM_UP_MS', (value) => whole(value, 0, 3_600_000), 0),
  };
  if (problems.length > 0) throw new Error(`the gateway cannot start:\n  ${problems.join('\n  ')}`);
  return config;
}

function portOf(value: string): number {
  return whole(value, 0, 65_535);
}

function whole(value: string, min: number, max: number): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= min && number <= max) return number;
  throw new TypeError(`expected a whole number from ${min} to ${max}, found ${JSON.stringify(value)}`);
}

function upstreamsOf(value: string): readonly string[] {
  return value.split(',').map((part) => {
    const url = new URL(part.trim());
    if (url.protocol === 'http:' || url.protocol === 'https:') return url.origin;
    throw new TypeError(`expected http or https, found ${part.trim()}`);
  });
}

function tokenOf(path: string): string {
  const token = readFileSync(path, 'utf8').trim();
  if (token.length >= MIN_TOKEN && !/\s/.test(token)) return token;
  throw new TypeError(`${path} must hold one word of at least ${MIN_TOKEN} characters`);
}

function stickyOf(value: string): Sticky {
  if (value === 'none' || value === 'client' || value === 'address') return value;
  throw new TypeError(`expected none, client or address, found ${JSON.stringify(value)}`);
}
