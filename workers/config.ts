import { readFileSync } from 'node:fs';
import { parseRegionId, type RegionId } from '../domain/ids';

/** Every name of the environment that the workers know, with what it means. Secrets come from files, never from YAML. */
export const WORKER_ENVIRONMENT = {
  TEMPORAL_ADDRESS: 'host:port of the Temporal frontend; default 127.0.0.1:7233',
  TEMPORAL_NAMESPACE: 'Temporal namespace; default `default`',
  TEMPORAL_TLS_CA_FILE: 'certificate authority (PEM) of the frontend; turns TLS on',
  TEMPORAL_TLS_CERT_FILE:
    'client certificate (PEM), for mutual TLS; turns TLS on, with the authorities of the system unless a CA is given',
  TEMPORAL_TLS_KEY_FILE: 'its private key (PEM)',
  MERIDIAN_CODEC_KEY_FILE: 'file with 32 bytes in base64: payloads are encrypted with it (AES-256-GCM); default: clear',
  MERIDIAN_LOG_LEVEL: 'trace, debug, info, warn or error; default info',
  MERIDIAN_CONFIG_DIR: 'folder with fleet.yaml; on the control side also models/ and roster.jws',
  MERIDIAN_HUB_KEY_FILE: 'JSON { accessKey, secretKey } for the hub store; a region gets a read-only user',
  MERIDIAN_REGION: 'region worker: its region, as in fleet.yaml',
  MERIDIAN_STORE_KEY_FILE: "region worker: JSON { accessKey, secretKey } for the region's store",
  MERIDIAN_ROUTER_TOKEN_FILE: "region worker: bearer token of the gateways' control listeners",
  MERIDIAN_INFERENCE_TOKEN_FILE: "region worker: bearer token of the runtimes' repository calls",
  MERIDIAN_ROOT_KEY_FILE: "control worker: the fleet's root public key, which signs the roster",
  MERIDIAN_MANIFEST_URL: 'control worker: postgresql://user:password@host:port/database',
  MERIDIAN_MANIFEST_POOL: 'control worker: connections to it at most; default 4',
  MERIDIAN_REGISTRY_USER: 'control worker: user at the registry; default: none is sent',
  MERIDIAN_REGISTRY_PASSWORD_FILE: 'control worker: file with the password of that user',
  MERIDIAN_WEBHOOK_URL: 'control worker: where notices go; default: the log alone',
  MERIDIAN_WEBHOOK_SECRET_FILE: 'control worker: what notices are signed with',
} as const;
export type WorkerVariable = keyof typeof WORKER_ENVIRONMENT;

export interface KeyPairFile {
  readonly accessKey: string;
  readonly secretKey: string;
}
export interface TemporalConfig {
  readonly address: string;
  readonly namespace: string;
  readonly tls: { readonly ca?: Buffer; readonly pair?: { readonly cert: Buffer; readonly key: Buffer } } | null;
}
interface CommonConfig {
  readonly temporal: TemporalConfig;
  readonly logLevel: string;
  readonly codecKey: string | null;
  readonly configDir: string;
  readonly hubKey: KeyPairFile | null; // null: the hub store is a directory
}
export interface RegionConfig extends CommonConfig {
  readonly region: RegionId;
  readonly storeKey: KeyPairFile | null;
  readonly routerToken: string;
  readonly inferenceToken: string;
}
export interface ControlConfig extends CommonConfig {
  readonly rootKey: string;
  readonly manifest: { readonly url: string; readonly poolSize: number };
  readonly registryUser: { readonly username: string; readonly password: string } | null;
  readonly webhook: { readonly url: string; readonly secret: string } | null;
}

/** Reads the environment once, at the start, and the files that it names. @throws Error with every problem at once */
export function loadRegionConfig(env: NodeJS.ProcessEnv): RegionConfig {
  const read = new Reader(env);
  const config = {
    ...common(read),
    region: read.parsed('MERIDIAN_REGION', parseRegionId),
    storeKey: read.json<KeyPairFile>('MERIDIAN_STORE_KEY_FILE', ['accessKey', 'secretKey']),
    routerToken: read.secret('MERIDIAN_ROUTER_TOKEN_FILE') ?? '',
    inferenceToken: read.secret('MERIDIAN_INFERENCE_TOKEN_FILE') ?? '',
  };
  read.finish('region worker');
  return config;
}

/** As `loadRegionConfig`, for the control side. */
export function loadControlConfig(env: NodeJS.ProcessEnv): ControlConfig {
  const read = new Reader(env);
  const url = read.optional('MERIDIAN_WEBHOOK_URL');
  const user = read.optional('MERIDIAN_REGISTRY_USER');
  const config = {
    ...common(read),
    rootKey: read.secret('MERIDIAN_ROOT_KEY_FILE') ?? '',
    manifest: { url: read.required('MERIDIAN_MANIFEST_URL'), poolSize: read.count('MERIDIAN_MANIFEST_POOL', 4) },
    registryUser: user ? { username: user, password: read.secret('MERIDIAN_REGISTRY_PASSWORD_FILE') ?? '' } : null,
    webhook: url ? { url, secret: read.secret('MERIDIAN_WEBHOOK_SECRET_FILE') ?? '' } : null,
  };
  read.finish('control worker');
  return config;
}

function common(read: Reader): CommonConfig {
  const ca = read.file('TEMPORAL_TLS_CA_FILE');
  const pair = read.pair('TEMPORAL_TLS_CERT_FILE', 'TEMPORAL_TLS_KEY_FILE');
  const address = read.optional('TEMPORAL_ADDRESS') ?? '127.0.0.1:7233';
  const namespace = read.optional('TEMPORAL_NAMESPACE') ?? 'default';
  return {
    temporal: { address, namespace, tls: ca || pair ? { ...(ca && { ca }), ...(pair && { pair }) } : null },
    logLevel: read.optional('MERIDIAN_LOG_LEVEL') ?? 'info',
    codecKey: read.file('MERIDIAN_CODEC_KEY_FILE')?.toString('utf8').trim() ?? null,
    configDir: read.required('MERIDIAN_CONFIG_DIR'),
    hubKey: read.json<KeyPairFile>('MERIDIAN_HUB_KEY_FILE', ['accessKey', 'secretKey']),
  };
}

class Reader {
  private readonly problems: string[] = [];

  constructor(private readonly env: NodeJS.ProcessEnv) {
    // A misspelt name would be silently ignored. Only names that begin as ours do can be told to be misspelt.
    const ours = new Set(Object.keys(WORKER_ENVIRONMENT).map(beginning));
    const isStranger = (name: string) => ours.has(beginning(name)) && !(name in WORKER_ENVIRONMENT);
    for (const name of Object.keys(env).filter((one) => one.startsWith('MERIDIAN_') && isStranger(one))) {
      this.problems.push(`${name} is not known here; known are ${Object.keys(WORKER_ENVIRONMENT).join(', ')}`);
    }
  }

  optional(name: WorkerVariable): string | undefined {
    return this.env[name]?.trim() || undefined;
  }

  required(name: WorkerVariable): string {
    const value = this.optional(name);
    if (value === undefined) this.problems.push(`${name} is not set: ${WORKER_ENVIRONMENT[name]}`);
    return value ?? '';
  }

  parsed<T>(name: WorkerVariable, parse: (text: string) => T): T {
    const text = this.required(name);
    return this.tried(name, () => parse(text)) as T;
  }

  count(name: WorkerVariable, otherwise: number): number {
    const value = Number(this.optional(name) ?? otherwise);
    if (Number.isInteger(value) && value > 0) return value;
    this.problems.push(`${name} is not a whole number above 0`);
    return otherwise;
  }

  file(name: WorkerVariable): Buffer | undefined {
    const path = this.optional(name);
    return path === undefined ? undefined : this.tried(name, () => readFileSync(path));
  }

  /** A certificate and its key: both, or neither. */
  pair(certName: WorkerVariable, keyName: WorkerVariable): { readonly cert: Buffer; readonly key: Buffer } | undefined {
    const [cert, key] = [this.file(certName), this.file(keyName)];
    if (cert && key) return { cert, key };
    if (this.optional(certName) !== undefined || this.optional(keyName) !== undefined) {
      this.problems.push(`${certName} and ${keyName} go together`);
    }
    return undefined;
  }

  /** A file that has to be there, its text without the white space around it. */
  secret(name: WorkerVariable): string | undefined {
    this.required(name);
    return this.file(name)?.toString('utf8').trim();
  }

  json<T>(name: WorkerVariable, fields: readonly (keyof T & string)[]): T | null {
    const bytes = this.file(name);
    if (!bytes) return null;
    const value = this.tried(name, () => JSON.parse(bytes.toString('utf8')) as Record<string, unknown>);
    for (const field of fields) {
      if (typeof value?.[field] !== 'string') this.problems.push(`the file of ${name} has no text ${field}`);
    }
    return (value ?? null) as T | null;
  }

  finish(who: string): void {
    if (this.problems.length > 0)
      throw new Error(`the ${who} cannot start:\n  ${[...new Set(this.problems)].join('\n  ')}`);
  }

  private tried<T>(name: WorkerVariable, read: () => T): T | undefined {
    try {
      return read();
    } catch (err) {
      if (this.optional(name) !== undefined)
        this.problems.push(`${name}: ${err instanceof Error ? err.message : String(err)}`);
      return undefined;
    }
  }
}

/** The first two words of a name, e.g. `MERIDIAN_STORE`. */
function beginning(name: string): string {
  return name.split('_').slice(0, 2).join('_');
}
