import type { ModelName } from '../domain/ids';
import type { RouteCause } from '../domain/route';
import type { Token } from '../domain/token';
import type { RouterNode, RouteView } from '../ports/router';
import type { FoundNode, NodeGeneration } from '../domain/found';

/** Why a watch has nothing more to guard. */
export type Standing =
  | { readonly kind: 'superseded'; readonly seen: number | null } // the newer epoch, where that is what it was
  | { readonly kind: 'moved'; readonly cause: RouteCause };

interface Watched {
  readonly model: ModelName;
  readonly rollout: string;
  readonly nodes: readonly FoundNode[];
}

/** Claims the canary on the nodes given; those that do not answer are `missing`, to be claimed at the next look. */
export async function claimAll(
  routers: readonly RouterNode[],
  nodes: readonly FoundNode[],
  model: ModelName,
  token: Token,
): Promise<Standing | { readonly kind: 'standing'; readonly missing: readonly FoundNode[] }> {
  const missing: FoundNode[] = [];
  for (const node of nodes) {
    const { generation } = node;
    const answer = await of(routers, node)
      ?.claim(model, { token, generation })
      .catch(() => undefined);
    if (!answer) missing.push(node);
    else if (answer.kind === 'stale-route') return { kind: 'moved', cause: answer.route.cause };
    else if (answer.kind !== 'ok')
      return { kind: 'superseded', seen: answer.kind === 'stale-epoch' ? answer.seen : null };
  }
  return { kind: 'standing', missing };
}

/** What every node serves now. Blind when one does not answer; standing elsewhere when one has moved on. */
export async function viewsOf(
  routers: readonly RouterNode[],
  nodes: readonly FoundNode[],
  model: ModelName,
  epoch: number,
): Promise<
  | Standing
  | { readonly kind: 'views'; readonly views: readonly RouteView[] }
  | { readonly kind: 'blind'; readonly why: string }
> {
  const views: RouteView[] = [];
  for (const node of nodes) {
    const view = await of(routers, node)
      ?.read(model)
      .catch((err: unknown) => String(err));
    if (view === undefined || typeof view === 'string') return { kind: 'blind', why: view ?? `${node.id} is gone` };
    if (view.route.epoch > epoch) return { kind: 'superseded', seen: view.route.epoch };
    if (view.route.epoch < epoch) return { kind: 'moved', cause: 'operator' }; // a node that has lost what it knew
    if (view.route.generation !== node.generation) return { kind: 'moved', cause: view.route.cause };
    views.push(view);
  }
  return { kind: 'views', views };
}

/** Renews the lease on every node from the moment it was looked at. What a node answers shows at the next look. */
export async function renewAll(
  routers: readonly RouterNode[],
  { model, nodes }: Watched,
  token: Token,
  views: readonly RouteView[],
): Promise<void> {
  const renewals = nodes.map(async (node, index) => {
    const view = views[index];
    const { generation } = node;
    if (view) await of(routers, node)?.renew(model, { token, generation, lookedAtMs: view.clockMs });
  });
  await Promise.allSettled(renewals);
}

/** Restores the route as found on every node that is still where this watch left it. @returns whether all took hold */
export async function restoreAll(
  routers: readonly RouterNode[],
  { model, rollout, nodes }: Watched,
  token: Token,
): Promise<boolean> {
  const restores = nodes.map(async (node) => {
    const { generation, stable } = node;
    const command = { token, rollout, generation, cause: 'restore' as const, traffic: { stable } };
    const answer = await of(routers, node)?.write(model, command);
    return answer?.kind === 'ok';
  });
  const outcomes = await Promise.allSettled(restores);
  return outcomes.every((outcome) => outcome.status === 'fulfilled' && outcome.value);
}

function of(routers: readonly RouterNode[], { id }: Pick<NodeGeneration, 'id'>): RouterNode | undefined {
  return routers.find((router) => router.id === id);
}
