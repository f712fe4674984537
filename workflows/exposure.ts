import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { RouteNow } from '../activities/route';
import type { Stamp } from '../activities/stamp';
import type { WatchOutcome } from '../activities/watch';
import type { FoundNode } from '../domain/found';
import type { ArmCounts, Verdict } from '../domain/judge';
import type { CanaryStep } from '../domain/model-policy';
import type { RouteCause } from '../domain/route';
import { nowMs } from './clock';
import type { RolloutInput } from './contract';
import type { Orders } from './orders';
import type { regionActivities } from './region-activities';
import type { RolloutAccount } from './rollout-account';
import { nameOf, reasonsOf, stopOfFault, stopOfMove, stopOfWatch, type Stop } from './stop';

const EXTENSIONS = 2; // of a bake that lacks evidence, then held (contract 3)
const ORDERED: ReadonlySet<RouteCause> = new Set(['step', 'flip']);
const ENTRIES = 3; // of a step whose lease lapsed: the first and two more, then rolled back (contract 5)

interface Needs {
  readonly input: RolloutInput;
  readonly rollout: string;
  readonly act: ReturnType<typeof regionActivities>;
  readonly account: RolloutAccount;
  readonly orders: Orders;
  readonly stamp: () => Stamp;
  /** Repeats the call with a new stamp for as long as no worker takes it. */
  readonly reach: <T>(call: () => Promise<T>) => Promise<T>;
}

/** One freight before live traffic, in one region: every weight is set, watched, judged; only `healthy` goes on. */
export class Exposure {
  private carried: readonly number[] = []; // of the weights that were left
  private finished: readonly number[] = []; // and of the one that stands
  private frozen: ArmCounts | null = null;
  private plannedLook = 1;
  private entered: CanaryStep | null = null; // the newest step
  private lapses = 0; // of its lease

  constructor(
    private readonly needs: Needs,
    private nodes: readonly FoundNode[],
  ) {}

  /** Brings one canary step to a healthy verdict, and stays guarded until the next point may be passed. */
  async step(step: CanaryStep, next: 'flip' | null): Promise<Stop | null> {
    const { input, account } = this.needs;
    const canary = { digest: input.freight, weightPct: step.weightPct, mode: input.mode, leaseMs: input.watch.leaseMs };
    if (this.entered !== step) this.lapses = 0;
    this.entered = step;
    for (;;) {
      account.enter('canary');
      const stop = (await this.write('setWeight', canary, step.weightPct)) ?? (await this.settleIn(step, next));
      if (stop?.kind !== 'again') return stop;
      const fault = this.tooOften(stop, step.weightPct);
      if (fault) return fault;
      account.weightPct = 0;
      if (stop.blind) await this.untilDataReturn();
      await this.reread();
    }
  }

  /** Makes the freight stable on every node. Its undo is registered by the caller. */
  async flip(): Promise<Stop | null> {
    const { account } = this.needs;
    const { weightPct } = account;
    account.enter('flipping');
    const stop = await this.write('flip', null, 100);
    if (stop?.kind !== 'again') return stop;
    await this.reread(); // or the same lapse would be met, and counted, once more
    return this.tooOften(stop, weightPct) ?? stop;
  }

  /** However a lease ran out, for want of data or on the way to the flip: its step is entered again so many times, and no more. */
  private tooOften({ lapsed }: Extract<Stop, { kind: 'again' }>, weightPct: number): Stop | null {
    if (!lapsed || ++this.lapses < ENTRIES) return null;
    return stopOfFault(`the canary's lease lapsed ${ENTRIES} times at ${weightPct} %`);
  }

  /** Watches the new stable until a healthy verdict. */
  async bakeFlip(): Promise<Stop | null> {
    this.needs.account.enter('baking');
    for (;;) {
      const stop = await this.bake(100, this.needs.input.flipBakeMs);
      if (stop?.kind !== 'again') return stop;
    }
  }

  /** Guards the weight that stands until `ready`; a breach, a lapse or a newer epoch ends it, and what nobody can judge waits for a person. */
  async guardUntil(ready: () => boolean): Promise<Stop | null> {
    for (;;) {
      const outcome = await this.guarded(ready);
      const stop = outcome && (stopOfWatch(outcome, this.needs.account.weightPct) ?? (await this.holdAfter(outcome)));
      if (stop || !outcome) return stop;
    }
  }

  /** Watches until `ready`, or for `forMs`. @returns what ended the watch before that, else null */
  private async guarded(ready: () => boolean, forMs?: number): Promise<WatchOutcome | null> {
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

  /** The last look before commit: healthy once more, or roll back. */
  async lastLook(): Promise<Stop | null> {
    const outcome = await this.watch(100, this.needs.input.watch.lookMs);
    if (outcome.kind === 'verdict' && outcome.verdict.kind === 'healthy') return null;
    const stop = stopOfWatch(outcome, 100);
    return stop ?? stopOfFault(`the last look before commit said ${nameOf(outcome)}`);
  }

  private async settleIn(step: CanaryStep, next: 'flip' | null): Promise<Stop | null> {
    const { orders, account } = this.needs;
    let stop = await this.bake(step.weightPct, step.bakeMs);
    while (!stop && !orders.mayPass(next)) {
      if (!orders.rollBack) account.await(orders.gateOf(next), orders.blockedBy(next));
      stop = await this.guardUntil(() => orders.mayPass(next)); // asked again: a pause may have come meanwhile
    }
    return stop;
  }

  private async bake(weightPct: number, bakeMs: number): Promise<Stop | null> {
    for (let k = 1; ; k++) {
      this.plannedLook = k;
      const outcome = await this.watch(weightPct, bakeMs);
      const stop = stopOfWatch(outcome, weightPct);
      if (stop || outcome.kind !== 'verdict') return stop;
      if (outcome.verdict.kind === 'healthy') return null;
      if (outcome.verdict.kind === 'insufficient-evidence' && k <= EXTENSIONS) continue;
      const held = await this.hold(outcome.verdict);
      if (held) return held;
    }
  }

  private async holdAfter(outcome: WatchOutcome, untilMs?: number): Promise<Stop | null> {
    return outcome.kind === 'verdict' ? this.hold(outcome.verdict, untilMs) : null;
  }

  /** Waits for a person or the deadline, the weight guarded. Null: bake longer. */
  private async hold(verdict: Verdict, untilMs = nowMs() + this.needs.input.holdMs): Promise<Stop | null> {
    const { account, orders } = this.needs;
    const before = account.phase;
    const why = `${verdict.kind}: ${reasonsOf(verdict).join('; ')}`;
    if (verdict.kind === 'invalid-experiment') {
      const stop = await this.write('setWeight', null, 0);
      if (stop) return stop;
    }
    account.heldUntilMs = untilMs;
    account.enter('held', `a person to extend, retry or abort: ${why}`);
    account.report();
    orders.ask();
    const answered = () => orders.answer !== undefined;
    const leftMs = Math.max(1, untilMs - nowMs());
    if (account.weightPct === 0) await condition(answered, leftMs);
    const outcome = account.weightPct === 0 ? null : await this.guarded(answered, leftMs);
    account.heldUntilMs = null;
    const stop = outcome && (stopOfWatch(outcome, account.weightPct) ?? (await this.holdAfter(outcome, untilMs)));
    if (stop) return stop;
    if (!orders.answer)
      return { kind: 'reason', reason: { kind: 'deadline', text: `held until the deadline: ${why}` } };
    account.enter(before);
    account.report();
    const again: Stop = { kind: 'again', blind: false, lapsed: false };
    return orders.answer === 'extend' && account.weightPct > 0 ? null : again;
  }

  private async watch(weightPct: number, bakeMs: number | null): Promise<WatchOutcome> {
    const { act, input, rollout, stamp, account, reach } = this.needs;
    const { model, freight, watch, mode } = input;
    const outcome = await reach(() =>
      act.watch({
        ...{ model, rollout, freight, weightPct, mode, bakeMs, plannedLook: this.plannedLook, stamp: stamp() },
        ...{ nodes: this.nodes, carried: { lnE: this.carried }, frozen: this.frozen },
        ...{ lookMs: watch.lookMs, limits: watch.limits },
      }),
    );
    if (outcome.kind !== 'verdict') return outcome;
    const { verdict, beside, restored } = outcome;
    const evidence = verdict.kind === 'provider-error' ? null : verdict.evidence;
    const extensions = this.plannedLook - 1;
    account.record({ weightPct, verdict: verdict.kind, reasons: reasonsOf(verdict), evidence, extensions });
    if (verdict.kind === 'healthy' && weightPct < 100) {
      this.finished = verdict.evidence.lnE;
      this.frozen = beside.requests > 0 ? beside : this.frozen;
    }
    if (verdict.kind === 'regressed') account.breachAtMs ??= nowMs();
    if (verdict.kind === 'regressed' && restored) account.safeAtMs ??= nowMs();
    return outcome;
  }

  private async write(
    name: 'setWeight' | 'flip',
    canary: Parameters<Needs['act']['setWeight']>[0]['canary'],
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

  private async untilDataReturn(): Promise<void> {
    const { act, input, account, reach } = this.needs;
    account.awaitsData = true;
    account.enter('held', 'the gateway counters, which cannot be read; the canary is at weight 0');
    account.report();
    await reach(() => act.awaitCounters({ model: input.model, lookMs: input.watch.lookMs }));
    account.awaitsData = false;
    account.enter('canary');
  }

  private async reread(): Promise<readonly RouteNow[]> {
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
