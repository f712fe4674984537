import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Fleet, Link, Region, RegistryRef, StoreRef } from '../domain/fleet';
import { parseNodeId, parseRegionId } from '../domain/ids';
import { refuseOthers } from './choices';
import { freePort } from './free-port';

/** Which real part plays each role. */
export interface Choices {
  readonly store: 'filesystem' | 's3';
  readonly registry: 'layout' | 'distribution';
}
export interface RegionLayout {
  readonly id: string;
  readonly jurisdiction: string;
  readonly timeZone: string;
  readonly dir: string;
  readonly storePort: number;
  readonly runtimes: readonly RuntimeLayout[]; // at least one; all read the region's cache
  readonly gateways: readonly GatewayLayout[]; // at least one
}
export interface RuntimeLayout {
  readonly id: string;
  readonly process: string; // what its process is called
  readonly dir: string;
  readonly port: number;
}
export interface GatewayLayout extends RuntimeLayout {
  readonly controlPort: number;
}
/** Where every part of an embedded stack listens and keeps its files. Plain values; made once, used at every restart. */
export interface StackLayout {
  readonly dir: string;
  readonly logs: string;
  readonly config: string;
  readonly choices: Choices;
  readonly ports: { readonly temporal: number; readonly ui: number; readonly hub: number; readonly registry: number };
  readonly manifestPort: number;
  readonly apiPort: number;
  readonly regions: readonly RegionLayout[];
}

const REGIONS = [
  { id: 'eu-north', jurisdiction: 'EU', timeZone: 'Europe/Stockholm' },
  { id: 'us-east', jurisdiction: 'US', timeZone: 'America/New_York' },
  { id: 'ap-south', jurisdiction: 'IN', timeZone: 'Asia/Kolkata' },
] as const;
/** Links as the demo's fleet file states them; nothing here shapes the loopback. */
const LINK = { mbps: 1_000, rttMs: 40, usdPerGB: 0.02 };
const CACHE_SIZE = '4GiB';
const LAYOUT_FILE = 'layout.json';

/**
 * Chooses ports and folders for a hub and three regions below `dir`; a stack that was there before keeps its own.
 * @param copies of each gateway and runtime
 * @throws Error where the stack that was there has other parts
 */
export async function layOut(dir: string, choices: Choices, copies = 1): Promise<StackLayout> {
  const kept = keptLayout(dir);
  if (kept) {
    refuseOthers(choices, kept.choices);
    return kept;
  }
  mkdirSync(dir, { recursive: true });
  const layout = await freshLayout(dir, choices, copies);
  writeFileSync(path.join(dir, LAYOUT_FILE), `${JSON.stringify(layout, null, 2)}\n`);
  return layout;
}

/** How a directory was laid out; undefined where no stack was. @throws Error for one that was moved: its paths are absolute */
export function keptLayout(dir: string): StackLayout | undefined {
  const file = path.join(dir, LAYOUT_FILE);
  if (!existsSync(file)) return undefined;
  const kept = JSON.parse(readFileSync(file, 'utf8')) as StackLayout; // written by us
  if (kept.dir !== dir) throw new Error(`${dir} was laid out as ${kept.dir}; move it back, or take another directory`);
  return kept;
}

async function freshLayout(dir: string, choices: Choices, copies: number): Promise<StackLayout> {
  const folder = (...parts: string[]) => {
    const made = path.join(dir, ...parts);
    mkdirSync(made, { recursive: true });
    return made;
  };
  const regions: RegionLayout[] = [];
  for (const region of REGIONS) {
    const [runtimes, gateways]: [RuntimeLayout[], GatewayLayout[]] = [[], []];
    for (let number = 1; number <= copies; number++) {
      const more = number === 1 ? '' : `-${number}`;
      const part = async (kind: string, id: string) => ({
        id: `${id}-${number}`,
        process: `${region.id} ${kind}${more.replace('-', ' ')}`,
        dir: folder('regions', region.id, `${kind}${more}`),
        port: await freePort(),
      });
      runtimes.push(await part('runtime', 'runtime'));
      gateways.push({ ...(await part('gateway', 'gw')), controlPort: await freePort() });
    }
    const dirs = { dir: folder('regions', region.id), storePort: await freePort() };
    if (choices.store === 'filesystem') folder('regions', region.id, 'store');
    regions.push({ ...region, ...dirs, runtimes, gateways });
  }
  if (choices.store === 'filesystem') folder('hub');
  folder('registry');
  return {
    ...{ dir, logs: folder('logs'), config: folder('config'), choices, regions },
    ports: { temporal: await freePort(), ui: await freePort(), hub: await freePort(), registry: await freePort() },
    manifestPort: await freePort(),
    apiPort: await freePort(),
  };
}

/** The text of a stack's fleet file: JSON, which is YAML. */
export function fleetFile(layout: StackLayout): string {
  const { regions, ...rest } = fleetOf(layout);
  const sized = regions.map(({ cache, ...region }) => ({ ...region, cache: { ...cache, bytes: CACHE_SIZE } }));
  return `${JSON.stringify({ ...rest, regions: sized }, null, 2)}\n`;
}

function fleetOf(layout: StackLayout): Fleet {
  const { choices, dir, ports } = layout;
  const registry: RegistryRef =
    choices.registry === 'layout'
      ? { kind: 'layout', path: path.join(dir, 'registry') }
      : { kind: 'oci', url: `http://127.0.0.1:${ports.registry}` };
  const regions = layout.regions.map((region) => regionOf(region, choices));
  const links: Link[] = layout.regions.map(({ id }) => ({ from: 'hub', to: parseRegionId(id), ...LINK }));
  return { hub: { store: storeOf(choices, ports.hub, 'hub', path.join(dir, 'hub')), registry }, regions, links };
}

function regionOf(region: RegionLayout, choices: Choices): Region {
  const { id, jurisdiction, timeZone, dir, storePort, runtimes, gateways } = region;
  const at = (port: number) => `http://127.0.0.1:${port}`;
  return {
    ...{ id: parseRegionId(id), jurisdiction, timeZone, gpu: 'none' },
    store: storeOf(choices, storePort, id, path.join(dir, 'store')),
    cache: { path: path.join(dir, 'cache'), bytes: 4 * 1024 ** 3 },
    runtimes: runtimes.map(({ id: name, port }) => ({ id: name, kind: 'oip', url: at(port) })),
    routers: gateways.map(({ id: name, port, controlPort }) => ({
      ...{ id: parseNodeId(name), kind: 'gateway', url: at(port), controlUrl: at(controlPort) },
    })),
  };
}

function storeOf({ store }: Choices, port: number, bucket: string, dir: string): StoreRef {
  return store === 's3'
    ? { kind: 's3', endpoint: `http://127.0.0.1:${port}`, bucket }
    : { kind: 'filesystem', path: dir };
}
