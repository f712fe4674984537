import type { Logger } from 'pino';
import path from 'node:path';
import { DirectoryCache } from '../adapters/cache/directory';
import { DirectoryConfiguration } from '../adapters/configuration/directory';
import { OipInference } from '../adapters/inference/oip';
import { PostgresManifest } from '../adapters/manifest/postgres';
import { GatewayMetrics } from '../adapters/metrics/gateway';
import { LogNotifier } from '../adapters/notifier/log';
import { WebhookNotifier } from '../adapters/notifier/webhook';
import { FilesystemObjectStore } from '../adapters/object-store/filesystem';
import { MinioObjectStore } from '../adapters/object-store/minio';
import { AesGcmCodec } from '../adapters/payload-codec/aes-gcm';
import { LayoutRegistry } from '../adapters/registry/layout';
import { OciRegistry } from '../adapters/registry/oci';
import { GatewayRouterNode } from '../adapters/router/gateway';
import type { Fleet, StoreRef } from '../domain/fleet';
import type { ControlPorts, RegionPorts } from '../ports';
import type { Engine } from '../ports/engine';
import type { ObjectStore } from '../ports/object-store';
import type { ControlConfig, KeyPairFile, RegionConfig } from './config';
import { systemClock } from './clock';

/** Chooses an adapter for every port of a region, as its fleet entry says. @throws Error naming what is missing */
export async function regionPorts(config: RegionConfig): Promise<RegionPorts> {
  const { value: fleet } = await new DirectoryConfiguration(config.configDir, '').fleet();
  const region = fleet.regions.find(({ id }) => id === config.region);
  if (!region) {
    const known = fleet.regions.map(({ id }) => id).join(', ');
    throw new Error(`MERIDIAN_REGION: ${config.region} is not in fleet.yaml of ${config.configDir} (${known})`);
  }
  const { routerToken: token, inferenceToken } = config;
  const nodes = region.routers.map(({ id, controlUrl }) => ({ id, controlUrl }));
  return {
    region,
    hub: store(fleet.hub.store, config.hubKey, 'MERIDIAN_HUB_KEY_FILE'),
    regional: store(region.store, config.storeKey, 'MERIDIAN_STORE_KEY_FILE'),
    cache: new DirectoryCache({ path: path.resolve(region.cache.path), limitBytes: region.cache.bytes }),
    inference: new OipInference({ runtimes: region.runtimes.map(({ url }) => ({ url, token: inferenceToken })) }),
    routers: nodes.map((node) => new GatewayRouterNode({ ...node, token })),
    metrics: new GatewayMetrics({ nodes, token }),
    clock: systemClock,
  };
}

/** Chooses an adapter for every port of the control side. The hub's store is that of the fleet file at the start of the process. */
export async function controlPorts(config: ControlConfig, engine: Engine, log: Logger): Promise<ControlPorts> {
  const configuration = new DirectoryConfiguration(config.configDir, config.rootKey);
  const { value: fleet } = await configuration.fleet();
  const notice = (fields: object, text: string) => log.info(fields, text);
  return {
    hub: store(fleet.hub.store, config.hubKey, 'MERIDIAN_HUB_KEY_FILE'),
    registryOf: (current) => registry(current, config),
    manifest: new PostgresManifest(config.manifest),
    configuration,
    engine,
    notifier: config.webhook ? new WebhookNotifier(config.webhook) : new LogNotifier(notice),
    clock: systemClock,
  };
}

/** How payloads travel: in the clear, or sealed with the key that every process of the control side and of the regions has. */
export function converter({ codecKey }: { readonly codecKey: string | null }) {
  return codecKey === null ? {} : { dataConverter: { payloadCodecs: [new AesGcmCodec(codecKey)] } };
}

function registry({ hub }: Fleet, { registryUser }: ControlConfig) {
  if (hub.registry.kind === 'layout') return new LayoutRegistry(path.resolve(hub.registry.path));
  return new OciRegistry({ url: hub.registry.url, ...(registryUser && { credentials: registryUser }) });
}

function store(ref: StoreRef, key: KeyPairFile | null, variable: string): ObjectStore {
  if (ref.kind === 'filesystem') return new FilesystemObjectStore(path.resolve(ref.path));
  if (!key) throw new Error(`${variable} is not set: ${ref.endpoint}/${ref.bucket} needs a key`);
  const { endpoint, bucket, pathPrefix } = ref;
  return new MinioObjectStore({ endpoint, bucket, ...key, ...(pathPrefix !== undefined && { pathPrefix }) });
}
