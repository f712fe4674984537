import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { RouteNow } from '../activities/route';
import type { Stamp } from '../activities/stamp';
import type { WatchOutcome } from '../activities/watch';
import type { FoundNode } from '../domain/found';
import type { ArmCounts } from '../domain/judge';
import type { RouteCause } from '../domain/route';
import { nowMs } from './clock';
import type { RolloutInput } from './contract';
import type { regionActivities } from './region-activities';
import type { RolloutAccount } from './rollout-account';
import { reasonsOf, stopOfMove, type Stop } from './stop';

const ORDERED: ReadonlySet<RouteCause> = new Set(['step', 'flip']);

export interface RouteNeeds {
  readonly input: RolloutInput;
  readonly rollout: string;
  readonly act: ReturnType<typeof regionActivities>;
  readonly account: RolloutAccount;
  readonly stamp: () => Stamp;
  /** Repeats the call with a new stamp for as long as no worker takes it. */
  readonly reach: <T>(call: () => Promise<T>) => Promise<T>;
}

/** The route of one region while our freight is on it: weights are ordered and watched, and what the watches saw is kept from weight to weight. */
export class WatchedRoute {
  private carried: readonly number[] = []; // of the weights that were left
  private finished: readonly number[] = []; // and of the one that stands
  private frozen: ArmCounts | null = null;
  private plannedLook = 1;

  constructor(
    private readonly needs: RouteNeeds,
    private nodes: readonly FoundNode[],
  ) {}

  /** Orders a weight, or the flip, once: an order that has taken hold though its answer is lost is known again. Null: it stands. */
  async write(
    name: 'setWeight' | 'flip',
    canary: Parameters<RouteNeeds['act']['setWeight']>[0]['canary'],
    weightPct: number,
  ): Promise<Stop | null> {
    const { act, input, rollout, stamp, account, reach } = this.needs;
    const { model, freight } = input;
    let orders = 0;
    const outcome = await reach(async () => {
      const moved = orders++ > 0 ? await this.movedMeanwhile() : null; // the order before may have taken hold
      if (moved) return { kind: 'moved' as const, cause: moved };
      const order = { model, rollout, stamp: stamp(), nodes: this.nodes };
      return name === 'flip' ? act.flip({ ...order, freight }) : act.setWeight({ ...order, canary });
    });
    if (outcome.kind === 'moved') return stopOfMove(outcome.cause);
    this.nodes = outcome.nodes;
    this.carried = this.finished; // only now: until here the watch counts the weight before itself
    this.plannedLook = 1;
    account.weightPct = weightPct;
    return null;
  }

  /** One watch of the weight that stands. @param bakeMs null: until it is told to stop. @param look k of the look at the bake's end */
  async watch(weightPct: number, bakeMs: number | null, look = this.plannedLook): Promise<WatchOutcome> {
    this.plannedLook = look;
    const { act, input, rollout, stamp, account, reach } = this.needs;
    const { model, freight, watch, mode } = input;
    const outcome = await reach(() =>
      act.watch({
        ...{ model, rollout, freight, weightPct, mode, bakeMs, plannedLook: look, stamp: stamp() },
        ...{ nodes: this.nodes, carried: { lnE: this.carried }, frozen: this.frozen },
        ...{ lookMs: watch.lookMs, limits: watch.limits },
      }),
    );
    if (outcome.kind !== 'verdict') return outcome;
    const { verdict, beside, restored } = outcome;
    const evidence = verdict.kind === 'provider-error' ? null : verdict.evidence;
    const extensions = look - 1;
    account.record({ weightPct, verdict: verdict.kind, reasons: reasonsOf(verdict), evidence, extensions });
    if (verdict.kind === 'healthy' && weightPct < 100) {
      this.finished = verdict.evidence.lnE;
      this.frozen = beside.requests > 0 ? beside : this.frozen;
    }
    if (verdict.kind === 'regressed') account.breachAtMs ??= nowMs();
    if (verdict.kind === 'regressed' && restored) account.safeAtMs ??= nowMs();
    return outcome;
  }

  /** Watches until `ready`, or for `forMs`. @returns what ended the watch before that, else null */
  async guarded(ready: () => boolean, forMs?: number): Promise<WatchOutcome | null> {
    const { account } = this.needs;
    let outcome: WatchOutcome | null = null;
    const scope = new CancellationScope();
    const watching = scope.run(async () => {
      outcome = await this.watch(account.weightPct, null);
    });
    const watched = watching.catch((err: unknown) => {
      if (!isCancellation(err)) throw err;
    });
    const enough = () => ready() || outcome !== null;
    await Promise.race([forMs === undefined ? condition(enough) : condition(enough, forMs), watched]);
    scope.cancel();
    await watched;
    return outcome;
  }

  /** The routes as they stand now; the next order goes by their generations. */
  async reread(): Promise<readonly RouteNow[]> {
    const { act, input, reach } = this.needs;
    const routes = await reach(() => act.readRoutes({ model: input.model, found: this.nodes }));
    this.nodes = routes.map(({ node }) => node);
    return routes;
  }

  /** What moved a route that this rollout had ordered, other than that order; null: nothing did. */
  private async movedMeanwhile(): Promise<RouteCause | null> {
    const before = new Map(this.nodes.map(({ id, generation }) => [id, generation]));
    const routes = await this.reread();
    const others = routes.filter(({ node, cause }) => node.generation !== before.get(node.id) && !ORDERED.has(cause));
    return others[0]?.cause ?? null;
  }
}
