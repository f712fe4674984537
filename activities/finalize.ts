import { isLoadHeld, readPointer, releaseFreight, releaseLoad } from '../distribution';
import { Context } from '@temporalio/activity';
import { previousAfter, wantedBy, type Found } from '../domain/found';
import { servedName, type Digest, type Holder, type ModelName } from '../domain/ids';
import type { RegionPorts } from '../ports';

export interface FinalizeInput {
  readonly model: ModelName;
  readonly epoch: number;
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
   * unloads what is neither current nor the version before it, until a newer promotion has fenced the region: what is loaded is its to
   * need or to unload from then on. Idempotent. Has no undo: what is committed stays.
   */
  async function finalizeRegion({ model, epoch, freight, holder, found, keepPrevious }: FinalizeInput): Promise<void> {
    const { cancellationSignal: signal } = Context.current();
    await releaseLoad(regional, servedName(model, freight), holder);
    for (const claimed of wantedBy(freight, found)) await releaseFreight(regional, claimed, holder);
    const keep = new Set(
      [freight, ...previousAfter(freight, found, keepPrevious).slice(0, 1)].map((d) => servedName(model, d)),
    );
    const routed = await routedNames(model);
    for (const name of await inference.loaded()) {
      if (!isVersionOf(model, name) || keep.has(name) || routed.has(name)) continue;
      if (await isLoadHeld(regional, name)) continue;
      if ((await readPointer(regional, model)).fence.epoch > epoch) return; // asked last: it begins with this fence
      await inference.unload(name, signal);
      await cache.evict(name);
    }
  }

  async function routedNames(model: ModelName): Promise<ReadonlySet<string>> {
    const routed = new Set<string>();
    for (const node of routers) {
      const { stable, canary } = (await node.read(model)).route;
      for (const digest of [stable, canary?.digest]) if (digest) routed.add(servedName(model, digest));
    }
    return routed;
  }
}

/** Whether a name is of this model, and not of one whose name goes on with `--`. */
function isVersionOf(model: ModelName, name: string): boolean {
  return name.startsWith(`${model}--`) && /^[0-9a-f]{12}$/.test(name.slice(model.length + 2));
}
