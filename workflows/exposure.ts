import { condition } from '@temporalio/workflow';
import type { WatchOutcome } from '../activities/watch';
import type { FoundNode } from '../domain/found';
import type { Verdict } from '../domain/judge';
import type { CanaryStep } from '../domain/model-policy';
import { nowMs } from './clock';
import type { Orders } from './orders';
import { nameOf, reasonsOf, stopOfFault, stopOfWatch, type Stop } from './stop';
import { WatchedRoute, type RouteNeeds } from './watched-route';

const EXTENSIONS = 2; // of a bake that lacks evidence, then held (contract 3)
const ENTRIES = 3; // of a step whose lease lapsed: the first and two more, then rolled back (contract 5)

interface Needs extends RouteNeeds {
  readonly orders: Orders;
}

/** One freight before live traffic, in one region: every weight is set, watched, judged; only `healthy` goes on. */
export class Exposure {
  private readonly route: WatchedRoute;
  private entered: CanaryStep | null = null; // the newest step
  private lapses = 0; // of its lease

  constructor(
    private readonly needs: Needs,
    nodes: readonly FoundNode[],
  ) {
    this.route = new WatchedRoute(needs, nodes);
  }

  /** Brings one canary step to a healthy verdict, and stays guarded until the next point may be passed. */
  async step(step: CanaryStep, next: 'flip' | null): Promise<Stop | null> {
    const { input, account } = this.needs;
    const canary = { digest: input.freight, weightPct: step.weightPct, mode: input.mode, leaseMs: input.watch.leaseMs };
    if (this.entered !== step) this.lapses = 0;
    this.entered = step;
    for (;;) {
      account.enter('canary');
      const stop = (await this.route.write('setWeight', canary, step.weightPct)) ?? (await this.settleIn(step, next));
      if (stop?.kind !== 'again') return stop;
      const fault = this.tooOften(stop, step.weightPct);
      if (fault) return fault;
      account.weightPct = 0;
      if (stop.blind) await this.untilDataReturn();
      await this.route.reread();
    }
  }

  /** Makes the freight stable on every node. Its undo is registered by the caller. */
  async flip(): Promise<Stop | null> {
    const { account } = this.needs;
    const { weightPct } = account;
    account.enter('flipping');
    const stop = await this.route.write('flip', null, 100);
    if (stop?.kind !== 'again') return stop;
    await this.route.reread(); // or the same lapse would be met, and counted, once more
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
      const outcome = await this.route.guarded(ready);
      const stop = outcome && (stopOfWatch(outcome, this.needs.account.weightPct) ?? (await this.holdAfter(outcome)));
      if (stop || !outcome) return stop;
    }
  }

  /** The last look before commit: healthy once more, or roll back. */
  async lastLook(): Promise<Stop | null> {
    const outcome = await this.route.watch(100, this.needs.input.watch.lookMs);
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
      const outcome = await this.route.watch(weightPct, bakeMs, k);
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
      const stop = await this.route.write('setWeight', null, 0);
      if (stop) return stop;
    }
    account.heldUntilMs = untilMs;
    account.enter('held', `a person to extend, retry or abort: ${why}`);
    account.report();
    orders.ask();
    const answered = () => orders.answer !== undefined;
    const leftMs = Math.max(1, untilMs - nowMs());
    if (account.weightPct === 0) await condition(answered, leftMs);
    const outcome = account.weightPct === 0 ? null : await this.route.guarded(answered, leftMs);
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

  private async untilDataReturn(): Promise<void> {
    const { act, input, account, reach } = this.needs;
    account.awaitsData = true;
    account.enter('held', 'the gateway counters, which cannot be read; the canary is at weight 0');
    account.report();
    await reach(() => act.awaitCounters({ model: input.model, lookMs: input.watch.lookMs }));
    account.awaitsData = false;
    account.enter('canary');
  }
}
