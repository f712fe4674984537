import { releaseFreight, releaseLoad } from '../distribution';
import { Context } from '@temporalio/activity';
import { previousAfter, wantedBy, type Found } from '../domain/found';
import { servedName, type Digest, type Holder, type ModelName } from '../domain/ids';
import { serves } from '../domain/route';
import type { RegionPorts } from '../ports';

export interface FinalizeInput {
  readonly model: ModelName;
  readonly freight: Digest;
  readonly holder: Holder;
  readonly found: Found;
  readonly keepPrevious: number;
}

type Needs = Pick<RegionPorts, 'regional' | 'cache' | 'inference' | 'routers'>;

export function finalizing({ regional, cache, inference, routers }: Needs) {
  return { finalizeRegion };

  /**
   * After the commit: drops the rollout's claims (current and previous versions are held by the region's pointer itself) and
   * unloads what is neither current nor the version before it. Idempotent. Has no undo: what is committed stays.
   */
  async function finalizeRegion({ model, freight, holder, found, keepPrevious }: FinalizeInput): Promise<void> {
    const { cancellationSignal: signal } = Context.current();
    await releaseLoad(regional, servedName(model, freight), holder);
    for (const claimed of wantedBy(freight, found)) await releaseFreight(regional, claimed, holder);
    const keep = new Set(
      [freight, ...previousAfter(freight, found, keepPrevious).slice(0, 1)].map((d) => servedName(model, d)),
    );
    const routed = await routedNames(model, [freight, ...found.previous]);
    for (const name of await inference.loaded()) {
      if (!name.startsWith(`${model}--`) || keep.has(name) || routed.has(name)) continue;
      await inference.unload(name, signal);
      await cache.evict(name);
    }
  }

  async function routedNames(model: ModelName, candidates: readonly Digest[]): Promise<ReadonlySet<string>> {
    const routed = new Set<string>();
    for (const node of routers) {
      const { route } = await node.read(model);
      for (const digest of candidates) if (serves(route, digest)) routed.add(servedName(model, digest));
    }
    return routed;
  }
}
