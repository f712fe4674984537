import type { ModelName, NodeId } from '../domain/ids';
import type { Route } from '../domain/route';
import type { ClaimCommand, FenceCommand, RenewCommand, RouteRefusal, WriteCommand } from '../domain/route-node';
import type { Token } from '../domain/token';

/** What a node answers to a command: the route that now holds, or why it refused. A refusal is an answer, not a failure. */
export type RouteAnswer = { readonly kind: 'ok'; readonly route: Route } | RouteRefusal;

/** The route of one model as a node serves it now, with the node's monotonic clock at that moment. */
export interface RouteView {
  readonly route: Route;
  readonly fence: Token;
  readonly clockMs: number;
}

/**
 * One node of the traffic split in front of a region's runtimes. Its law is `domain/route-node.ts`; every change is persisted
 * (fsync) before it is answered. A region with several nodes is set and read back node by node.
 * Every method: @throws `RegionUnreachable` (retried), `AccessDenied` (final)
 */
export interface RouterNode {
  readonly id: NodeId;
  read(model: ModelName): Promise<RouteView>;
  models(): Promise<readonly ModelName[]>; // those with a row
  fence(model: ModelName, command: FenceCommand): Promise<RouteAnswer>;
  write(model: ModelName, command: WriteCommand): Promise<RouteAnswer>;
  claim(model: ModelName, command: ClaimCommand): Promise<RouteAnswer>;
  renew(model: ModelName, command: RenewCommand): Promise<RouteAnswer>;
}
