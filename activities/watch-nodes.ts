import type { ModelName } from '../domain/ids';
import type { RouteCause } from '../domain/route';
import type { Token } from '../domain/token';
import type { RegionPorts } from '../ports';
import type { RouteAnswer, RouterNode, RouteView } from '../ports/router';
import type { FoundNode } from '../domain/found';

// A node that takes connections and never answers must not keep a watch from the others, nor from its heartbeat (5 s, contract 5):
// what is asked between two heartbeats fits in, a claim, a view and the counts here, a restore there.
const ASK_MS = 1_000;
const RESTORE_MS = 3_000; // a write waits for the disk

/** Why a watch has nothing more to guard. */
export type Standing =
  | { readonly kind: 'superseded'; readonly seen: number | null } // the newer epoch, where that is what it was
  | { readonly kind: 'moved'; readonly cause: RouteCause };

/** What the nodes that answered serve; `silent`: why the first of the others gave no answer, null where all did. */
export interface Views {
  readonly kind: 'views';
  readonly views: ReadonlyMap<string, RouteView>; // by node
  readonly silent: string | null;
}
interface Watched {
  readonly model: ModelName;
  readonly rollout: string;
  readonly nodes: readonly FoundNode[];
}
type Needs = Pick<RegionPorts, 'routers' | 'clock'>;

/** Claims the canary on the nodes given; those that do not answer are `missing`, to be claimed at the next look. */
export async function claimAll(
  needs: Needs,
  nodes: readonly FoundNode[],
  model: ModelName,
  token: Token,
): Promise<Standing | { readonly kind: 'standing'; readonly missing: readonly FoundNode[] }> {
  const claims = await askEach(needs, nodes, ({ generation }, node) => node.claim(model, { token, generation }));
  const gravest = gravestOf(claims.map(({ answer }) => (typeof answer === 'string' ? null : refusalOf(answer))));
  const missing = claims.filter(({ answer }) => typeof answer === 'string').map(({ node }) => node);
  return gravest ?? { kind: 'standing', missing };
}

/** What the nodes serve now; why the watch is over when one of them has moved on, though others may be silent. */
export async function viewsOf(needs: Needs, { model, nodes }: Watched, epoch: number): Promise<Standing | Views> {
  const looks = await askEach(needs, nodes, (_, node) => node.read(model));
  const gravest = gravestOf(
    looks.map(({ node, answer }) => (typeof answer === 'string' ? null : moveOf(node, answer, epoch))),
  );
  if (gravest) return gravest;
  const views = new Map<string, RouteView>();
  let silent: string | null = null;
  for (const { node, answer } of looks) {
    if (typeof answer === 'string') silent ??= answer;
    else views.set(node.id, answer);
  }
  return { kind: 'views', views, silent };
}

/** Renews the lease on every node from the moment it was looked at. What a node answers shows at the next look. */
export async function renewAll(needs: Needs, { model, nodes }: Watched, token: Token, views: Views['views']) {
  await askEach(needs, nodes, async ({ id, generation }, node) => {
    const view = views.get(id);
    return view ? node.renew(model, { token, generation, lookedAtMs: view.clockMs }) : {};
  });
}

/** Restores the route as found on every node that is still where this watch left it. @returns whether all took hold */
export async function restoreAll(needs: Needs, { model, rollout, nodes }: Watched, token: Token): Promise<boolean> {
  const restore = ({ generation, stable }: FoundNode, node: RouterNode) =>
    node.write(model, { token, rollout, generation, cause: 'restore', traffic: { stable } });
  const answers = await askEach(needs, nodes, restore, RESTORE_MS);
  return answers.every(({ answer }) => typeof answer !== 'string' && answer.kind === 'ok');
}

interface Answered<T> {
  readonly node: FoundNode;
  readonly answer: T | string; // text: why there is none
}

/** Asks the nodes all at once. A call that was given up may still take hold: its token says whose it is. */
async function askEach<T extends object>(
  { routers, clock }: Needs,
  nodes: readonly FoundNode[],
  ask: (found: FoundNode, node: RouterNode) => Promise<T>,
  withinMs = ASK_MS,
): Promise<readonly Answered<T>[]> {
  const answerOf = async (found: FoundNode): Promise<T | string> => {
    const node = routers.find(({ id }) => id === found.id);
    if (!node) return `${found.id} is gone`;
    const answered = new AbortController();
    const silence = clock.sleep(withinMs, answered.signal).then(() => `${found.id} is silent`, String);
    const answer = await Promise.race([ask(found, node).catch(String), silence]);
    answered.abort();
    return answer;
  };
  return Promise.all(nodes.map(async (node) => ({ node, answer: await answerOf(node) })));
}

function refusalOf(answer: RouteAnswer): Standing | null {
  if (answer.kind === 'ok') return null;
  if (answer.kind === 'stale-route') return { kind: 'moved', cause: answer.route.cause };
  return { kind: 'superseded', seen: answer.kind === 'stale-epoch' ? answer.seen : null };
}

function moveOf({ generation }: FoundNode, { route }: RouteView, epoch: number): Standing | null {
  if (route.epoch > epoch) return { kind: 'superseded', seen: route.epoch };
  if (route.epoch < epoch) return { kind: 'moved', cause: 'operator' }; // a node that has lost what it knew
  return route.generation === generation ? null : { kind: 'moved', cause: route.cause };
}

/** A newer owner goes before a breach (a route that was restored), and a breach before a lease that merely lapsed. */
function gravestOf(standings: readonly (Standing | null)[]): Standing | undefined {
  const found = standings.filter((one) => one !== null);
  return (
    found.find(({ kind }) => kind === 'superseded') ??
    found.find((one) => one.kind === 'moved' && one.cause === 'restore') ??
    found[0]
  );
}
