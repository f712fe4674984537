import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DIST } from './dist';
import type { GatewayLayout, RegionLayout, RuntimeLayout, StackLayout } from './layout';
import { untilAnswers, type ProcessSpec } from './processes';
import type { Servers } from './servers';

/** Paths of files that hold secrets; each part gets those that it needs, and no others. */
export interface Secrets {
  readonly hubKeys: Readonly<Record<string, string>>; // by `root` and region id
  readonly storeKeys: Readonly<Record<string, string>>; // by region id
  readonly tokens: Readonly<Record<string, string>>; // `<region> router`, `<region> inference`, `hook`, `api`
  readonly rootKeyFile: string;
}
export interface Root {
  readonly accessKey: string;
  readonly secretKey: string;
}

/**
 * What keeps a server of one shard from being prompt (measured, server 1.29): it fires timers up to a second late, and reads each of its
 * queues 20 times a second at most, so that every step of every workflow waits for the next 50 ms.
 */
const PROMPT = [
  'history.timerProcessorMaxTimeShift="10ms"',
  'history.timerProcessorMaxPollRPS=200',
  'history.transferProcessorMaxPollRPS=200',
];

export function temporalPart({ dir, ports }: StackLayout, { temporal }: Servers): ProcessSpec {
  const [port, ui] = [String(ports.temporal), String(ports.ui)];
  return {
    name: 'temporal',
    command: temporal.path,
    args: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', port, '--ui-port', ui, '--log-level', 'error'],
      ...['--db-filename', path.join(dir, 'temporal.db')],
      ...PROMPT.flatMap((setting) => ['--dynamic-config-value', setting]),
    ],
    env: {},
    ready: (signal) => untilAnswers(`http://127.0.0.1:${ui}/`, signal),
  };
}

/** An S3 server over a directory. Users beside the root one are added once it runs. */
export function storePart(name: string, dir: string, port: number, root: Root, servers: Servers): ProcessSpec {
  const [data, iam] = [path.join(dir, 's3'), path.join(dir, 'iam')];
  for (const folder of [data, iam]) mkdirSync(folder, { recursive: true });
  return {
    name: `${name} store`,
    command: servers.versitygw?.path ?? 'versitygw',
    args: [
      ...['--port', `127.0.0.1:${port}`, '--iam-dir', iam, '--health', '/healthz', '--quiet', '--keep-alive'],
      ...['posix', data],
    ],
    env: { ROOT_ACCESS_KEY: root.accessKey, ROOT_SECRET_KEY: root.secretKey },
    ready: (signal) => untilAnswers(`http://127.0.0.1:${port}/healthz`, signal),
  };
}

/** The distribution registry over a directory; it tells the api's hook of every push. */
export function registryPart({ dir, ports, apiPort }: StackLayout, hookSecret: string, servers: Servers): ProcessSpec {
  const file = path.join(dir, 'registry.yml');
  const root = path.join(dir, 'registry');
  mkdirSync(root, { recursive: true });
  const config = {
    version: 0.1,
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: root }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${ports.registry}`, secret: hookSecret },
    notifications: {
      endpoints: [
        {
          name: 'meridian',
          url: `http://127.0.0.1:${apiPort}/v1/hooks/registry`,
          headers: { Authorization: [`Bearer ${hookSecret}`] },
          ...{ timeout: '2s', threshold: 5, backoff: '1s' },
        },
      ],
    },
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 }); // JSON is YAML
  return {
    name: 'registry',
    command: servers.registry?.path ?? 'registry',
    args: ['serve', file],
    env: { OTEL_TRACES_EXPORTER: 'none' },
    ready: (signal) => untilAnswers(`http://127.0.0.1:${ports.registry}/v2/`, signal),
  };
}

export function manifestPart({ dir, manifestPort }: StackLayout): ProcessSpec {
  const args = ['--directory', path.join(dir, 'manifest'), '--port', String(manifestPort)];
  return node('manifest', 'stack/manifest.js', args, {});
}

export function runtimePart(
  region: RegionLayout,
  { process, dir, port }: RuntimeLayout,
  secrets: Secrets,
): ProcessSpec {
  return node(process, 'serving/runtime/main.js', [], {
    MERIDIAN_RUNTIME_PORT: String(port),
    MERIDIAN_RUNTIME_MODEL_REPOSITORY: folder(region, 'cache'),
    MERIDIAN_RUNTIME_STATE_DIR: dir,
    MERIDIAN_RUNTIME_TOKEN_FILE: secrets.tokens[`${region.id} inference`] ?? '',
  });
}

export function gatewayPart(region: RegionLayout, gateway: GatewayLayout, secrets: Secrets): ProcessSpec {
  return node(gateway.process, 'serving/gateway/main.js', [], {
    MERIDIAN_GATEWAY_NODE: gateway.id,
    MERIDIAN_GATEWAY_PORT: String(gateway.port),
    MERIDIAN_GATEWAY_CONTROL_PORT: String(gateway.controlPort),
    MERIDIAN_GATEWAY_STATE_DIR: gateway.dir,
    MERIDIAN_GATEWAY_UPSTREAMS: region.runtimes.map(({ port }) => `http://127.0.0.1:${port}`).join(','),
    MERIDIAN_GATEWAY_TOKEN_FILE: secrets.tokens[`${region.id} router`] ?? '',
  });
}

export function regionWorkerPart(layout: StackLayout, region: RegionLayout, secrets: Secrets): ProcessSpec {
  const { id } = region;
  return node(`${id} worker`, 'workers/region.worker.js', [], {
    ...temporalEnv(layout),
    MERIDIAN_CONFIG_DIR: layout.config,
    MERIDIAN_REGION: id,
    ...file('MERIDIAN_HUB_KEY_FILE', secrets.hubKeys[id]),
    ...file('MERIDIAN_STORE_KEY_FILE', secrets.storeKeys[id]),
    MERIDIAN_ROUTER_TOKEN_FILE: secrets.tokens[`${id} router`] ?? '',
    MERIDIAN_INFERENCE_TOKEN_FILE: secrets.tokens[`${id} inference`] ?? '',
  });
}

export function controlWorkerPart(layout: StackLayout, secrets: Secrets): ProcessSpec {
  return node('control worker', 'workers/control.worker.js', [], {
    ...temporalEnv(layout),
    MERIDIAN_CONFIG_DIR: layout.config,
    ...file('MERIDIAN_HUB_KEY_FILE', secrets.hubKeys.root),
    MERIDIAN_ROOT_KEY_FILE: secrets.rootKeyFile,
    MERIDIAN_MANIFEST_URL: manifestUrl(layout),
  });
}

export function apiPart(layout: StackLayout, secrets: Secrets): ProcessSpec {
  return node('api', 'api/main.js', [], {
    ...temporalEnv(layout),
    MERIDIAN_API_PORT: String(layout.apiPort),
    MERIDIAN_CONFIG_DIR: layout.config,
    MERIDIAN_ROOT_KEY_FILE: secrets.rootKeyFile,
    MERIDIAN_MANIFEST_URL: manifestUrl(layout),
    ...file('MERIDIAN_API_HOOK_SECRET_FILE', secrets.tokens.hook),
  });
}

export const manifestUrl = ({ manifestPort }: StackLayout): string =>
  `postgresql://postgres@127.0.0.1:${manifestPort}/postgres`;

function node(
  name: string,
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): ProcessSpec {
  return { name, command: process.execPath, args: [path.join(DIST, script), ...args], env };
}

function temporalEnv({ ports }: StackLayout) {
  return { TEMPORAL_ADDRESS: `127.0.0.1:${ports.temporal}` };
}

function folder({ dir }: RegionLayout, name: string): string {
  const made = path.join(dir, name);
  mkdirSync(made, { recursive: true });
  return made;
}

function file(name: string, path: string | undefined): Record<string, string> {
  return path === undefined ? {} : { [name]: path };
}
