import { servedName, type Digest } from '../../../domain/ids';
import type { Token } from '../../../domain/token';
import { MODEL } from './freights';
import type { SimulatedRegion } from './region';

/** What a region serves and goes by, whoever believes what. */
export interface Truth {
  readonly stables: readonly (Digest | null)[];
  readonly canaries: number;
  readonly current: Digest | null;
  readonly previous: readonly Digest[];
}
interface PointerBody extends Pick<Truth, 'current' | 'previous'> {
  readonly fence: Token;
}
const decoder = new TextDecoder();
const POINTER = `pointers/${MODEL}.json`;
const parsed = new WeakMap<object, PointerBody>();

export function pointerOf({ store }: SimulatedRegion): PointerBody | undefined {
  const found = store.contents.get(POINTER) as { readonly body: Uint8Array } | undefined;
  if (!found) return undefined;
  let read = parsed.get(found);
  if (!read) parsed.set(found, (read = JSON.parse(decoder.decode(found.body)) as PointerBody));
  return read;
}

export function truthOf(region: SimulatedRegion): Truth {
  const routes = region.nodes.map(({ row }) => row.route);
  const { current = null, previous = [] } = pointerOf(region) ?? {};
  const canaries = routes.filter(({ canary }) => canary).length;
  return { stables: routes.map(({ stable }) => stable), canaries, current, previous };
}

export function sameTruth(a: Truth, b: Truth): boolean {
  return sameRoutes(a, b) && a.current === b.current && a.previous.join() === b.previous.join();
}

export function sameRoutes(a: Truth, b: Truth): boolean {
  return a.stables.join() === b.stables.join() && a.canaries === b.canaries;
}

/** Whether somebody claims the bytes, or the pointer names them. */
export function isKept(region: SimulatedRegion, digest: Digest): boolean {
  const { contents } = region.store;
  if (!contents.has(`freights/${digest}/freight.json`)) return false;
  const pointer = pointerOf(region);
  if (pointer && [pointer.current, ...pointer.previous].includes(digest)) return true;
  return holders(region, digest).length > 0;
}

export function isLoaded(region: SimulatedRegion, digest: Digest): boolean {
  return region.inference['models'].has(servedName(MODEL, digest));
}

/** Who claims a freight or, with `load/<name>`, a loaded version. */
export function holders({ store }: SimulatedRegion, subject: string): readonly string[] {
  const prefix = `claims/${subject}/`;
  const found: string[] = [];
  for (const key of store.contents.keys()) {
    if (!key.startsWith(prefix) || !key.endsWith('/held.json')) continue;
    const holder = key.slice(0, -'/held.json'.length);
    if (!store.contents.has(`${holder}/released.json`)) found.push(holder.slice(prefix.length));
  }
  return found;
}
