import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { CONTROL_QUEUE, gpuQueue, regionQueue } from '../workflows/contract/ids';
import { parseRegionId } from '../domain/ids';
import type { RegionLayout, StackLayout } from './layout';
import { manifestUrl } from './parts';

/** Where one part of the stack is. `folder`: it has no process; `queue`: it dials out, and polls there. */
export interface Place {
  readonly of: string; // `hub` or a region's id
  readonly part: string; // e.g. `gateway`, `gateway control`
  readonly kind: 'http' | 'tcp' | 'folder' | 'queue';
  readonly at: string; // URL, host:port, absolute path, names of task queues
}

/** Every part of a stack. Pure. */
export function placesOf(layout: StackLayout): readonly Place[] {
  const { dir, ports, apiPort, choices, regions } = layout;
  const hub = (part: string, kind: Place['kind'], at: string): Place => ({ of: 'hub', part, kind, at });
  const oci = choices.registry === 'distribution';
  return [
    hub('Temporal', 'tcp', `127.0.0.1:${ports.temporal}`),
    hub('Temporal UI', 'http', http(ports.ui)),
    hub('manifest', 'tcp', manifestUrl(layout)),
    hub('api', 'http', http(apiPort)),
    hub('control worker', 'queue', CONTROL_QUEUE),
    oci ? hub('registry', 'http', http(ports.registry)) : hub('registry', 'folder', path.join(dir, 'registry')),
    choices.store === 's3' ? hub('store', 'http', http(ports.hub)) : hub('store', 'folder', path.join(dir, 'hub')),
    ...regions.flatMap((region) => placesIn(region, choices.store === 's3')),
  ];
}

function placesIn({ id, dir, storePort, runtimes, gateways }: RegionLayout, s3: boolean): readonly Place[] {
  const of = id;
  const queues = [regionQueue(parseRegionId(id)), gpuQueue(parseRegionId(id))].join(', ');
  return [
    s3
      ? { of, part: 'store', kind: 'http', at: http(storePort) }
      : { of, part: 'store', kind: 'folder', at: path.join(dir, 'store') },
    ...runtimes.map(({ port }): Place => ({ of, part: 'runtime', kind: 'http', at: http(port) })),
    ...gateways.flatMap(({ port, controlPort }): readonly Place[] => [
      { of, part: 'gateway', kind: 'http', at: http(port) },
      { of, part: 'gateway control', kind: 'http', at: http(controlPort) },
    ]),
    { of, part: 'worker', kind: 'queue', at: queues },
  ];
}

/** The names of the processes that make up a stack. Pure. */
export function processNames({ choices, regions }: StackLayout): readonly string[] {
  const s3 = choices.store === 's3';
  return [
    ...['temporal', 'manifest', 'api', 'control worker'],
    ...(choices.registry === 'distribution' ? ['registry'] : []),
    ...(s3 ? ['hub store'] : []),
    ...regions.flatMap(({ id, runtimes, gateways }) => [
      ...[...runtimes, ...gateways].map(({ process }) => process),
      ...(s3 ? [`${id} store`] : []),
      `${id} worker`,
    ]),
  ];
}

/** Those of the places at which nobody answers; a folder answers by being there, and who polls a queue is not asked. */
export async function silentOf(places: readonly Place[]): Promise<readonly Place[]> {
  const answers = await Promise.all(places.map(answersAt));
  return places.filter((_, index) => !answers[index]);
}

const ANSWER_MS = 5_000;

async function answersAt({ kind, at }: Place): Promise<boolean> {
  if (kind === 'queue') return true;
  if (kind === 'folder') return existsSync(at);
  if (kind === 'tcp') return accepts(Number(/:(\d+)(\/|$)/.exec(at)?.[1]));
  const answer = await fetch(at, { signal: AbortSignal.timeout(ANSWER_MS) }).catch(() => undefined);
  return answer !== undefined;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: ANSWER_MS });
    const tell = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => tell(true));
    for (const event of ['error', 'timeout'] as const) socket.once(event, () => tell(false));
  });
}

function http(port: number): string {
  return `http://127.0.0.1:${port}`;
}
