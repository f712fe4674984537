import { readFileSync } from 'node:fs';
import path from 'node:path';
import { OipInference } from '../../adapters/inference/oip';
import { PostgresManifest } from '../../adapters/manifest/postgres';
import { FilesystemObjectStore } from '../../adapters/object-store/filesystem';
import { MinioObjectStore } from '../../adapters/object-store/minio';
import { GatewayRouterNode } from '../../adapters/router/gateway';
import { parseNodeId } from '../../domain/ids';
import type { ObjectStore } from '../../ports/object-store';
import { manifestUrl } from '../../stack/parts';
import type { Stage } from './stack';

interface Key {
  readonly accessKey: string;
  readonly secretKey: string;
}

const at = (port: number) => `http://127.0.0.1:${port}`;

function regionOf({ stack }: Stage, id: string) {
  const region = stack.layout.regions.find((one) => one.id === id);
  if (!region) throw new Error(`no region ${id}`);
  return region;
}

function secretOf({ stack }: Stage, worker: string, variable: string): string {
  return readFileSync(stack.process(`${worker} worker`).spec.env[variable] ?? '', 'utf8').trim();
}

/** What registries show to the api's hook. */
export function hookSecretOf({ stack }: Stage): string {
  return readFileSync(stack.process('api').spec.env.MERIDIAN_API_HOOK_SECRET_FILE ?? '', 'utf8').trim();
}

/** The gateway node of a region, by the token of its own worker or of another's. */
export function routerOf(stage: Stage, region: string, worker = region): GatewayRouterNode {
  const token = secretOf(stage, worker, 'MERIDIAN_ROUTER_TOKEN_FILE');
  const [gateway] = regionOf(stage, region).gateways;
  return new GatewayRouterNode({ id: parseNodeId('gw-1'), controlUrl: at(gateway?.controlPort ?? 0), token });
}

/** The runtime of a region, by the token of its own worker or of another's. */
export function inferenceOf(stage: Stage, region: string, worker = region): OipInference {
  const token = secretOf(stage, worker, 'MERIDIAN_INFERENCE_TOKEN_FILE');
  return new OipInference({ runtimes: regionOf(stage, region).runtimes.map(({ port }) => ({ url: at(port), token })) });
}

/** The store of a region, by the key of its own worker or of another's. */
export function storeOf(stage: Stage, region: string, worker = region): ObjectStore {
  const { dir, storePort } = regionOf(stage, region);
  if (stage.stack.layout.choices.store === 'filesystem') return new FilesystemObjectStore(path.join(dir, 'store'));
  const key = JSON.parse(secretOf(stage, worker, 'MERIDIAN_STORE_KEY_FILE')) as Key;
  return new MinioObjectStore({ endpoint: at(storePort), bucket: region, ...key });
}

/** The hub's store as a region's worker may use it. */
export function hubAs(stage: Stage, worker: string): ObjectStore {
  const key = JSON.parse(secretOf(stage, worker, 'MERIDIAN_HUB_KEY_FILE')) as Key;
  return new MinioObjectStore({ endpoint: at(stage.stack.layout.ports.hub), bucket: 'hub', ...key });
}

export function manifestOf({ stack }: Stage): PostgresManifest {
  return new PostgresManifest({ url: manifestUrl(stack.layout), poolSize: 1 });
}
