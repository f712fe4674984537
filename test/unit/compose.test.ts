import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { readYaml } from '../../adapters/configuration/yaml';
import { API_ENVIRONMENT } from '../../api/config';
import { resolveFleet } from '../../domain/files/fleet';
import { MAX_REGIONS } from '../../domain/plan';
import { GATEWAY_ENVIRONMENT } from '../../serving/gateway/config';
import { RUNTIME_ENVIRONMENT } from '../../serving/runtime/config';
import { WORKER_ENVIRONMENT } from '../../workers/config';

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly networks?: readonly string[];
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: unknown;
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, unknown>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}
interface FleetFile {
  readonly regions: readonly { readonly id: string; readonly routers: readonly { readonly id: string }[] }[];
}

const ROOT = path.resolve(__dirname, '../..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose;
const fleet = parse(read('deploy/configuration/fleet.yaml')) as FleetFile;
const services = Object.entries(compose.services);
const ours = services.filter(([, { image }]) => image === 'meridian');
const regions = fleet.regions.map(({ id }) => id);

// What each process reads, by the command that starts it.
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  'dist/workers/control.worker.js': Object.keys(WORKER_ENVIRONMENT),
  'dist/workers/region.worker.js': Object.keys(WORKER_ENVIRONMENT),
  'dist/serving/gateway/main.js': GATEWAY_ENVIRONMENT,
  'dist/serving/runtime/main.js': Object.keys(RUNTIME_ENVIRONMENT),
  'dist/api/main.js': Object.keys(API_ENVIRONMENT),
};
const hasCompose = spawnSync('docker', ['compose', 'version']).status === 0;

describe('docker-compose.yml', () => {
  it.each(ours)('gives %s only names that its process reads', (_, { command = [], environment = {} }) => {
    const known = KNOWN[command[0] ?? ''];
    expect(known).toBeDefined();
    expect(Object.keys(environment).filter((name) => !known?.includes(name))).toEqual([]);
  });

  it.each(ours)('starts %s from a source that is there', (_, { command = [] }) => {
    const source = command[0]?.replace(/^dist\//, '').replace(/\.js$/, '.ts') ?? '';
    expect(existsSync(path.join(ROOT, source))).toBe(true);
  });

  it.each(services)('declares the networks, volumes and services that %s uses', (_, service) => {
    const named = (service.volumes ?? [])
      .map((volume) => volume.split(':')[0] ?? '')
      .filter((name) => !/^\./.test(name));
    expect(Object.keys(compose.networks)).toEqual(expect.arrayContaining([...(service.networks ?? [])]));
    expect(Object.keys(compose.volumes)).toEqual(expect.arrayContaining(named));
    for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(Object.keys(compose.services)).toContain(name);
      if (condition === 'service_healthy') expect(compose.services[name]?.healthcheck).toBeDefined();
    }
  });

  it.each(services)('opens ports of %s on this computer alone', (_, { ports = [] }) => {
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it.each(services)('pins the image of %s to a version', (_, { image }) => {
    if (image !== 'meridian') expect(image).toMatch(/:v?\d/);
  });

  it.each(services)('mounts files of the project into %s that are there', (_, { volumes = [] }) => {
    const mounted = volumes.filter((volume) => volume.startsWith('./')).map((volume) => volume.split(':')[0] ?? '');
    expect(mounted.filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
  });
});

describe('the regions of docker-compose.yml', () => {
  it.each(regions)(
    'keep store, runtime and gateway of %s on its own network, and let its worker dial out',
    (region) => {
      for (const part of ['store', 'runtime', 'gateway'])
        expect(compose.services[`${part}-${region}`]?.networks).toEqual([region]);
      expect(compose.services[`worker-${region}`]?.networks).toEqual([region, `wan-${region}`]);
      expect(compose.services[`worker-${region}`]?.environment?.MERIDIAN_REGION).toBe(region);
    },
  );

  it.each(regions)(
    'mount the secrets of %s into its own processes and the two that make and install them',
    (region) => {
      const holders = services.filter(([, { volumes = [] }]) =>
        volumes.some((at) => at.startsWith(`secrets-${region}:`)),
      );
      const own = ['store', 'runtime', 'gateway', 'worker'].map((part) => `${part}-${region}`);
      expect(holders.map(([name]) => name).sort()).toEqual([...own, 'hub-store-users', 'secrets'].sort());
    },
  );

  it('are a fleet without a problem', () => {
    expect(resolveFleet(readYaml('fleet.yaml', read('deploy/configuration/fleet.yaml')))).toMatchObject({ kind: 'ok' });
  });

  it('have the gateway nodes that the fleet names', () => {
    const nodes = services.flatMap(([, { environment }]) => environment?.MERIDIAN_GATEWAY_NODE ?? []);
    expect(nodes).toEqual(fleet.regions.flatMap(({ routers }) => routers.map(({ id }) => id)));
  });

  it('are those that secrets and store users are made for', () => {
    for (const name of ['secrets', 'hub-store-users'])
      expect(compose.services[name]?.environment?.REGIONS?.split(' ')).toEqual(regions);
  });
});

describe('deploy/', () => {
  const scripts = readdirSync(path.join(ROOT, 'deploy')).filter((file) => file.endsWith('.sh'));

  it.each(scripts)('has %s for a plain sh, executable', (file) => {
    const at = path.join(ROOT, 'deploy', file);
    expect(read(`deploy/${file}`)).toMatch(/^#!\/bin\/sh\n/);
    expect(statSync(at).mode & 0o111).toBe(0o111);
    expect(spawnSync('sh', ['-n', at]).status).toBe(0);
  });

  it('lets Temporal take the long polls of two workers in each region of the largest plan', () => {
    const settings = parse(read('deploy/dynamicconfig/meridian.yaml')) as Record<string, readonly { value: number }[]>;
    const polls = [...read('workers/region.worker.ts').matchAll(/maxConcurrentActivityTaskPolls: (\d+)/g)];
    expect(polls).toHaveLength(2); // effects, accelerator
    const ofWorker = polls.map(([, count]) => Number(count)).reduce((sum, count) => sum + count);
    expect(settings['frontend.namespaceCount']?.[0]?.value).toBeGreaterThan(2 * MAX_REGIONS * ofWorker);
  });

  it('uses each of its scripts', () => {
    const used = services.flatMap(([, { entrypoint = [], command = [] }]) => [...entrypoint, ...command]);
    for (const script of scripts) expect(used).toContain(`/deploy/${script}`);
  });
});

// Where docker compose is missing, what it would check is covered by the tests above.
if (hasCompose) {
  it('is accepted by docker compose', () => {
    execFileSync('docker', ['compose', '--file', path.join(ROOT, 'docker-compose.yml'), 'config', '--quiet']);
  });
}
