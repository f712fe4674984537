import { Context } from '@temporalio/activity';
import { Failure } from '../domain/failures';
import { servedName, type Digest, type ModelName } from '../domain/ids';
import { serves, type Canary, type RouteCause, type Traffic } from '../domain/route';
import type { RegionPorts } from '../ports';
import type { RouterNode } from '../ports/router';
import type { FoundNode, NodeGeneration } from '../domain/found';
import { fencedOut, tokenOf, type Stamp } from './stamp';

const RESTORE_TRIES = 5; // re-reads of one node within one attempt; the next attempt goes on

interface Routed {
  readonly model: ModelName;
  readonly rollout: string;
  readonly stamp: Stamp;
}
export interface SetWeightInput extends Routed {
  readonly nodes: readonly FoundNode[]; // with the generation that this write is decided on
  readonly canary: Canary | null; // null: weight 0
}
export interface FlipInput extends Routed {
  readonly nodes: readonly FoundNode[];
  readonly freight: Digest;
}
/** What became of a write: it took hold on every node, or some node's route had moved, and why. */
export type WriteOutcome =
  | { readonly kind: 'set'; readonly nodes: readonly FoundNode[] }
  | { readonly kind: 'moved'; readonly cause: RouteCause };
/** A node's generation now, and what made it. */
export interface RouteNow {
  readonly node: FoundNode;
  readonly cause: RouteCause;
}
export interface RestoreRouteInput extends Routed {
  readonly found: readonly FoundNode[];
  readonly freight: Digest; // ours: the only traffic we may take back
}

type Needs = Pick<RegionPorts, 'routers' | 'inference'>;

export function routing({ routers, inference }: Needs) {
  return { readRoutes, setWeight, flip, restoreRoute };

  /** The nodes with the generations that now hold, before a step is entered again. Reads only. */
  async function readRoutes({ model, found }: { model: ModelName; found: readonly FoundNode[] }): Promise<RouteNow[]> {
    const now: RouteNow[] = [];
    for (const node of found) {
      const { route } = await nodeOf(node).read(model);
      now.push({ node: { ...node, generation: route.generation }, cause: route.cause });
    }
    return now;
  }

  /**
   * Sets the canary's weight on every node by compare-and-set and reads it back. Idempotent: a repeated write is recognised.
   * Undo: `restoreRoute`. An order with a time to live: its bounds end it, and a late one is shut out by its token.
   *
   * @throws `StaleEpoch`, `Superseded` (final); `RegionUnreachable` (retried)
   */
  async function setWeight({ canary, ...input }: SetWeightInput): Promise<WriteOutcome> {
    return writeAll(input, 'step', ({ stable }) => ({ stable, ...(canary && { canary }) }));
  }

  /**
   * Makes the canary stable, in one compare-and-set a node, and asks the runtimes whether they really answer for it.
   * Idempotent. Undo: `restoreRoute`. @throws as `setWeight`; `ModelMissing` (final) when a runtime no longer has it
   */
  async function flip({ freight, ...input }: FlipInput): Promise<WriteOutcome> {
    const name = servedName(input.model, freight);
    const state = await inference.state(name);
    if (state !== 'ready') throw new Failure('ModelMissing', `${name} is ${state}: the flip would serve nothing`);
    return writeAll(input, 'flip', () => ({ stable: freight }));
  }

  /**
   * Undoes every write of this rollout, on all nodes. Idempotent. Writes even where the traffic is already as found: the new
   * generation shuts out a straggler. A route that a newer epoch holds is not ours to touch: done, unless it serves our freight.
   *
   * @throws `ForeignRoute` (final); `RegionUnreachable` (retried)
   */
  async function restoreRoute(input: RestoreRouteInput): Promise<void> {
    const outcomes = await Promise.allSettled(input.found.map((node) => restoreNode(input, node)));
    const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    // A foreign route may be accepted as it is; it must not hide a node that still goes by ours.
    const ours = errors.find((err) => !(err instanceof Failure && err.type === 'ForeignRoute'));
    if (errors.length > 0) throw ours ?? errors[0];
  }

  async function writeAll(
    { model, rollout, stamp, nodes }: Routed & { readonly nodes: readonly FoundNode[] },
    cause: RouteCause,
    trafficOf: (node: FoundNode) => Traffic,
  ): Promise<WriteOutcome> {
    const token = tokenOf(stamp);
    const set: FoundNode[] = [];
    for (const node of nodes) {
      const traffic = trafficOf(node);
      const { generation } = node;
      const answer = await nodeOf(node).write(model, { token, rollout, generation, cause, traffic });
      if (answer.kind === 'stale-route') return { kind: 'moved', cause: answer.route.cause };
      if (answer.kind !== 'ok') throw fencedOut(node.id, answer);
      set.push({ ...node, generation: answer.route.generation });
    }
    for (const node of set) {
      const { route } = await nodeOf(node).read(model);
      if (route.generation !== node.generation) return { kind: 'moved', cause: route.cause };
    }
    return { kind: 'set', nodes: set };
  }

  async function restoreNode({ model, rollout, stamp, freight }: RestoreRouteInput, found: FoundNode): Promise<void> {
    const node = nodeOf(found);
    const token = tokenOf(stamp);
    for (let tries = 0; tries < RESTORE_TRIES; tries++) {
      Context.current().heartbeat({ node: node.id });
      const { route } = await node.read(model);
      const foreign = route.epoch > stamp.epoch; // lower: the node has lost what it knew, and is told again
      if (foreign && serves(route, freight) && found.stable !== freight) {
        throw new Failure(
          'ForeignRoute',
          `${node.id} serves ${freight} by order of epoch ${route.epoch}, not ours to undo`,
        );
      }
      if (foreign) return;
      const { generation } = route;
      const traffic = { stable: found.stable };
      const answer = await node.write(model, { token, rollout, generation, cause: 'restore', traffic });
      if (answer.kind === 'ok') return;
      if (answer.kind === 'superseded') throw fencedOut(node.id, answer);
    }
    throw new Failure('RegionUnreachable', `${node.id} moved ${RESTORE_TRIES} times while it was restored`);
  }

  function nodeOf({ id }: Pick<NodeGeneration, 'id'>): RouterNode {
    const node = routers.find((candidate) => candidate.id === id);
    if (!node)
      throw new Failure('RegionUnreachable', `gateway node ${id} is no longer in the fleet file of this region`);
    return node;
  }
}
