import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Every name that the api reads from its environment. Secrets, keys and certificates come from files. */
export const API_ENVIRONMENT = {
  MERIDIAN_API_HOST: 'address to listen on; default 127.0.0.1',
  MERIDIAN_API_PORT: 'port to listen on, 0 for any free one; default 7300',
  MERIDIAN_API_HOOK_SECRET_FILE: 'file with the secret that registries send; not set: hooks are refused',
  MERIDIAN_API_TOKEN_FILE: 'file with the token for changing the configuration; not set: allowed on loopback alone',
  MERIDIAN_API_TLS_CERT_FILE: 'certificate chain (PEM) to listen with TLS; default: plain HTTP',
  MERIDIAN_API_TLS_KEY_FILE: 'private key (PEM) of that certificate',
  MERIDIAN_LOG_LEVEL: 'trace, debug, info, warn or error; default info',
  MERIDIAN_CODEC_KEY_FILE: 'file with 32 bytes in base64: payloads are encrypted with it (AES-256-GCM); default: clear',
  MERIDIAN_CONFIG_DIR: 'directory with the installed fleet, models and roster',
  MERIDIAN_MANIFEST_URL: 'postgresql://user:password@host:port/database',
  MERIDIAN_MANIFEST_POOL: 'connections to the manifest at most, 1..100; default 8; 1 is enough for the embedded one',
  MERIDIAN_ROOT_KEY_FILE: "the fleet's root public key, which signs the roster; not set: no roster can be installed",
  MERIDIAN_REGISTRY_USER: 'user at the registry; default: none is sent',
  MERIDIAN_REGISTRY_PASSWORD_FILE: 'file with the password of that user',
  TEMPORAL_ADDRESS: 'host:port of Temporal; default 127.0.0.1:7233',
  TEMPORAL_NAMESPACE: 'namespace of Temporal; default `default`',
  TEMPORAL_TLS_CA_FILE: 'CA (PEM) that signed the certificate of Temporal; set: TLS',
  TEMPORAL_TLS_CERT_FILE: 'certificate (PEM) to show to Temporal',
  TEMPORAL_TLS_KEY_FILE: 'private key (PEM) of that certificate',
} as const;

type Name = keyof typeof API_ENVIRONMENT;

export interface Pair {
  readonly cert: string; // PEM
  readonly key: string;
}
export interface ApiConfig {
  readonly host: string;
  readonly port: number;
  readonly isLocal: boolean; // listens on loopback alone
  readonly https: Pair | null;
  readonly hookSecret: string | null;
  readonly token: string | null;
  readonly logLevel: string;
  readonly codecKey: string | null;
  readonly configurationDirectory: string;
  readonly manifest: { readonly url: string; readonly poolSize: number };
  readonly rootKey: string | null;
  readonly registry: { readonly user: string; readonly password: string } | null;
  readonly temporal: {
    readonly address: string;
    readonly namespace: string;
    readonly tls: { readonly ca: string | null; readonly pair: Pair | null } | null;
  };
}

/** Reads the environment, once, at the start. @throws Error naming every variable that is missing or wrong */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): ApiConfig {
  const problems = strangersIn(env);
  const text = (name: Name) => (env[name] === '' ? undefined : env[name]);
  const required = (name: Name) => text(name) ?? (problems.push(`${name} is not set: ${API_ENVIRONMENT[name]}`), '');
  const number = (name: Name, fallback: number, [low, high]: readonly [number, number]) => {
    const value = Number(text(name) ?? fallback);
    if (!(Number.isInteger(value) && value >= low && value <= high)) problems.push(`${name} is not ${low}..${high}`);
    return value;
  };
  const file = (name: Name) => {
    const at = text(name);
    return at === undefined ? null : fileText(name, at, problems);
  };
  const pair = (certName: Name, keyName: Name): Pair | null => {
    const [cert, key] = [file(certName), file(keyName)];
    if ((cert === null) !== (key === null)) problems.push(`${certName} and ${keyName} go together: set both or none`);
    return cert === null || key === null ? null : { cert, key };
  };

  const host = text('MERIDIAN_API_HOST') ?? '127.0.0.1';
  const [user, password] = [text('MERIDIAN_REGISTRY_USER'), file('MERIDIAN_REGISTRY_PASSWORD_FILE')];
  const [ca, clientPair] = [file('TEMPORAL_TLS_CA_FILE'), pair('TEMPORAL_TLS_CERT_FILE', 'TEMPORAL_TLS_KEY_FILE')];
  const config: ApiConfig = {
    ...{ host, port: number('MERIDIAN_API_PORT', 7300, [0, 65_535]), isLocal: LOOPBACK.includes(host) },
    https: pair('MERIDIAN_API_TLS_CERT_FILE', 'MERIDIAN_API_TLS_KEY_FILE'),
    ...{ hookSecret: file('MERIDIAN_API_HOOK_SECRET_FILE'), token: file('MERIDIAN_API_TOKEN_FILE') },
    logLevel: text('MERIDIAN_LOG_LEVEL') ?? 'info',
    codecKey: file('MERIDIAN_CODEC_KEY_FILE'),
    configurationDirectory: path.resolve(required('MERIDIAN_CONFIG_DIR')),
    manifest: { url: required('MERIDIAN_MANIFEST_URL'), poolSize: number('MERIDIAN_MANIFEST_POOL', 8, [1, 100]) },
    rootKey: file('MERIDIAN_ROOT_KEY_FILE'),
    registry: user === undefined ? null : { user, password: password ?? '' },
    temporal: {
      ...{ address: text('TEMPORAL_ADDRESS') ?? '127.0.0.1:7233', namespace: text('TEMPORAL_NAMESPACE') ?? 'default' },
      tls: ca === null && clientPair === null ? null : { ca, pair: clientPair },
    },
  };
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return config;
}

const LOOPBACK: readonly string[] = ['127.0.0.1', '::1', 'localhost'];

/** A misspelt name would be silently ignored; only names of the api's own prefix can be told to be misspelt. */
function strangersIn(env: Readonly<Record<string, string | undefined>>): string[] {
  const strangers = Object.keys(env).filter((name) => name.startsWith('MERIDIAN_API_') && !(name in API_ENVIRONMENT));
  return strangers.map((name) => `${name} is unknown; the api knows ${Object.keys(API_ENVIRONMENT).join(', ')}`);
}

function fileText(name: Name, file: string, problems: string[]): string | null {
  try {
    const content = readFileSync(file, 'utf8').trim();
    if (content === '') problems.push(`${name}: ${file} is empty`);
    return content;
  } catch (error) {
    problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}
