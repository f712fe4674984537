import { setTimeout as pause } from 'node:timers/promises';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DirectoryConfiguration } from '../adapters/configuration/directory';
import { PostgresManifest } from '../adapters/manifest/postgres';
import { AesGcmCodec } from '../adapters/payload-codec/aes-gcm';
import { LayoutRegistry } from '../adapters/registry/layout';
import { OciRegistry } from '../adapters/registry/oci';
import type { Fleet } from '../domain/fleet';
import type { Clock } from '../ports/clock';
import type { Registry } from '../ports/registry';
import type { ApiConfig } from './config';
import type { ApiPorts } from './ports';
import { TemporalEngine } from './temporal-engine';

/** The most that a connection to Temporal may take before it is said to be away. */
const CONNECT_MS = 3_000;

/** Chooses an adapter for every port. Connects to nothing yet: the api starts, and says what is away, whatever is away. */
export function connect(config: ApiConfig): { readonly ports: ApiPorts; close(): Promise<void> } {
  const connection = connectionOf(config.temporal);
  const sealed =
    config.codecKey === null ? {} : { dataConverter: { payloadCodecs: [new AesGcmCodec(config.codecKey)] } };
  const client = new Client({ connection, namespace: config.temporal.namespace, ...sealed });
  const engine = new TemporalEngine(client, connection, config.temporal.address);
  const manifest = new PostgresManifest(config.manifest);
  const configuration = new DirectoryConfiguration(config.configurationDirectory, config.rootKey ?? '');
  const registries = new Map<string, Registry>();
  const registryOf = ({ hub }: Fleet) => {
    const key = JSON.stringify(hub.registry);
    const registry = registries.get(key) ?? registryAt(hub.registry, config);
    registries.set(key, registry);
    return registry;
  };
  return {
    ports: { engine, manifest, configuration, registryOf, clock },
    close: async () => {
      await Promise.all([engine.close(), manifest.close()]);
    },
  };
}

function connectionOf({ address, tls }: ApiConfig['temporal']): Connection {
  const pair = tls?.pair && { crt: Buffer.from(tls.pair.cert), key: Buffer.from(tls.pair.key) };
  const ca = tls?.ca === null || tls === null ? {} : { serverRootCACertificate: Buffer.from(tls.ca) };
  return Connection.lazy({
    ...{ address, connectTimeout: CONNECT_MS },
    ...(tls && { tls: { ...ca, ...(pair && { clientCertPair: pair }) } }),
  });
}

function registryAt(ref: Fleet['hub']['registry'], { registry }: ApiConfig): Registry {
  if (ref.kind === 'layout') return new LayoutRegistry(path.resolve(ref.path));
  const credentials = registry && { username: registry.user, password: registry.password };
  return new OciRegistry({ url: ref.url, ...(credentials && { credentials }) });
}

const clock: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms, signal) => pause(ms, undefined, { signal }),
};
