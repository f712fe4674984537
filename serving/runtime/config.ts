import path from 'node:path';

/** The environment of a runtime process, name by name. Required where no default is named. */
export const RUNTIME_ENVIRONMENT = {
  MERIDIAN_RUNTIME_HOST: 'address to listen on; default 127.0.0.1',
  MERIDIAN_RUNTIME_PORT: 'port to listen on, 0 for any free one; default 8000',
  MERIDIAN_RUNTIME_MODEL_REPOSITORY: 'folder with <name>/1/model.onnx',
  MERIDIAN_RUNTIME_STATE_DIR: 'folder in which the runtime remembers what is loaded',
  MERIDIAN_RUNTIME_TOKEN_FILE: 'file with the bearer token that repository calls must carry',
  MERIDIAN_RUNTIME_THREADS: 'threads for one inference, 1..64; default 1',
  MERIDIAN_RUNTIME_TLS_CERT_FILE: 'certificate chain (PEM) to listen with TLS; default: plain HTTP',
  MERIDIAN_RUNTIME_TLS_KEY_FILE: 'private key (PEM) of that certificate',
} as const;

export interface RuntimeConfig {
  readonly host: string;
  readonly port: number; // 0: any free one
  readonly modelRepository: string; // absolute folder
  readonly stateDir: string; // absolute folder, made if need be
  readonly tokenFile: string;
  readonly threads: number;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null;
}

/** Reads the environment, once, at the start. @throws Error naming every variable that is missing or wrong */
export function loadConfig(env: NodeJS.ProcessEnv): RuntimeConfig {
  const problems: string[] = [];
  const read = (name: keyof typeof RUNTIME_ENVIRONMENT) => env[name] || undefined;
  const required = (name: keyof typeof RUNTIME_ENVIRONMENT) => {
    if (!read(name)) problems.push(`${name} is not set: ${RUNTIME_ENVIRONMENT[name]}`);
    return path.resolve(read(name) ?? '');
  };
  const integer = (name: keyof typeof RUNTIME_ENVIRONMENT, otherwise: number, least: number, most: number) => {
    const value = read(name) === undefined ? otherwise : Number(read(name));
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    problems.push(`${name} is ${JSON.stringify(read(name))}, not an integer from ${least} to ${most}`);
    return otherwise;
  };
  for (const name of Object.keys(env)) {
    if (name.startsWith('MERIDIAN_RUNTIME_') && !(name in RUNTIME_ENVIRONMENT)) {
      problems.push(`${name} is not known; known are ${Object.keys(RUNTIME_ENVIRONMENT).join(', ')}`);
    }
  }
  const [certFile, keyFile] = [read('MERIDIAN_RUNTIME_TLS_CERT_FILE'), read('MERIDIAN_RUNTIME_TLS_KEY_FILE')];
  if (!certFile !== !keyFile) {
    problems.push('MERIDIAN_RUNTIME_TLS_CERT_FILE and MERIDIAN_RUNTIME_TLS_KEY_FILE go together: set both or none');
  }
  const config: RuntimeConfig = {
    host: read('MERIDIAN_RUNTIME_HOST') ?? '127.0.0.1',
    port: integer('MERIDIAN_RUNTIME_PORT', 8000, 0, 65_535),
    modelRepository: required('MERIDIAN_RUNTIME_MODEL_REPOSITORY'),
    stateDir: required('MERIDIAN_RUNTIME_STATE_DIR'),
    tokenFile: required('MERIDIAN_RUNTIME_TOKEN_FILE'),
    threads: integer('MERIDIAN_RUNTIME_THREADS', 1, 1, 64),
    tls: certFile && keyFile ? { certFile, keyFile } : null,
  };
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return config;
}
