import { fencePointer } from '../distribution/pointer';
import { Failure } from '../domain/failures';
import type { Found, FoundNode } from '../domain/found';
import type { ModelName } from '../domain/ids';
import type { RegionPorts } from '../ports';
import { fencedOut, tokenOf, type Stamp } from './stamp';

export interface FenceInput {
  readonly model: ModelName;
  readonly rollout: string;
  readonly stamp: Stamp;
}

export function fencing({ routers, regional, clock }: Pick<RegionPorts, 'routers' | 'regional' | 'clock'>) {
  return { fenceRegion };

  /**
   * The first step of a rollout: raises the fence on the pointer and on each gateway node, drops canaries of lower tokens, and
   * returns what was found in the same atomic step. Idempotent. Needs no undo: a fence only shuts out lower tokens.
   *
   * @throws `StaleEpoch` { seen }, `Superseded` (final); `RegionUnreachable`, `StoreUnavailable` (retried)
   */
  async function fenceRegion({ model, rollout, stamp }: FenceInput): Promise<Found> {
    const token = tokenOf(stamp);
    const pointer = await fencePointer(regional, model, token, clock.nowMs());
    const nodes: FoundNode[] = [];
    for (const node of routers) {
      const answer = await node.fence(model, { token, rollout });
      if (answer.kind === 'stale-route') throw new Failure('RegionUnreachable', `${node.id} moved while it was fenced`);
      if (answer.kind !== 'ok') throw fencedOut(node.id, answer);
      nodes.push({ id: node.id, generation: answer.route.generation, stable: answer.route.stable });
    }
    return { nodes, current: pointer.current, previous: pointer.previous };
  }
}
