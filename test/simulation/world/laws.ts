import type { MemoryManifest } from '../../../adapters/manifest/memory';
import type { ClaimCommand, RenewCommand, RouteRow, WriteCommand } from '../../../domain/route-node';
import { servedDigests } from '../../../domain/route-node';
import { compareTokens, type Token } from '../../../domain/token';
import type { ManifestRow } from '../../../ports/manifest';
import type { ModelPolicy } from '../../../domain/model-policy';
import type { Plan } from '../../../domain/plan';
import { gatesOf } from '../../../domain/plan';
import type { RouteAnswer } from '../../../ports/router';
import type { Scheduler } from '../sdk/scheduler';
import { Journal, rolloutOf } from './journal';
import { LoadLaws } from './load-laws';
import { NodeLaws } from './node-laws';
import type { SimulatedNode, SimulatedRegion } from './region';
import { isKept, isLoaded, pointerOf, truthOf } from './truth';

type Command = Pick<ClaimCommand, 'token'> & Partial<WriteCommand & RenewCommand>;

/** What may never be, looked at whenever an effect takes hold. Names: reference reliability-security 5.6, and contract. */
export class Laws {
  readonly broken = new Set<string>();
  readonly journals = new Map<string, Journal>(); // by rollout
  readonly plans = new Map<number, Plan>(); // by epoch
  readonly nodes = new NodeLaws(this);
  readonly loads = new LoadLaws(this);

  constructor(
    readonly scheduler: Scheduler,
    readonly policy: ModelPolicy,
    private readonly note: (what: string) => void,
  ) {}

  /** What a rollout or a promotion says of itself. */
  statusOf: (id: string) => unknown = () => undefined;

  get nowMs(): number {
    return this.scheduler.nowMs;
  }

  breaks(law: string, how = ''): void {
    this.broken.add(law);
    this.note(`BROKEN ${law} ${how}`);
  }

  began(id: string, region: SimulatedRegion): void {
    const rollout = rolloutOf(id);
    if (!rollout) return;
    const journal = new Journal(rollout.region, rollout.epoch, truthOf(region));
    const { current } = journal.found;
    journal.foundLoaded = current !== null && isLoaded(region, current);
    this.journals.set(id, journal);
  }

  /** A route serves only what the region keeps and the runtime has loaded. */
  served(region: SimulatedRegion): void {
    for (const node of region.nodes) {
      for (const digest of servedDigests(node.row)) {
        if (!isLoaded(region, digest))
          this.breaks('S8: a route serves what the runtime has not loaded', region.region.id);
        if (!isKept(region, digest)) this.breaks('S9: a route serves what the region does not keep', region.region.id);
      }
    }
  }

  routed(
    region: SimulatedRegion,
    node: SimulatedNode,
    command: Command,
    perform: () => Promise<RouteAnswer>,
  ): Promise<RouteAnswer> {
    node.advance();
    this.silent(node);
    const before = node.row;
    const { traffic, cause } = command;
    const journal = this.journals.get(command.rollout ?? '');
    if (cause) this.nodes.ordered(node, journal, cause, before, traffic?.canary !== undefined);
    const answer = perform();
    const after = node.row;
    this.nodes.look(node);
    if (!command.rollout) this.nodes.watched(node, before, command.lookedAtMs);
    else if (!traffic && compareTokens(after.fence, command.token) === 0) journal?.fenced.set(node.id, after.route);
    if (after === before) return answer;
    this.nodes.tookHold(node);
    if (compareTokens(command.token, before.fence) < 0) this.breaks('S2: a lower token changes a route');
    if (after.route.generation === before.route.generation) return answer;
    const about = `${region.region.id}/${node.id} ${cause ?? 'fence'} ${JSON.stringify(traffic ?? {})}`;
    this.note(`${about} by ${command.rollout} ${tokenText(command.token)}`);
    node.goodLookMs = this.nowMs;
    if (traffic && command.generation !== before.route.generation)
      this.breaks('S2: a write decided on another generation');
    if (traffic) this.moved(node, command as WriteCommand, before);
    else if (after.route.canary) this.breaks('S2: a fence leaves a canary of a lower token');
    this.served(region);
    return answer;
  }

  /** A node's route is read over the wire, e.g. after a write. */
  readBack<T>(node: SimulatedNode, perform: () => Promise<T>): Promise<T> {
    this.journals.get(node.row.route.rollout ?? '')?.unread.delete(node.id);
    return perform();
  }

  /** An activity sets out to write, whatever becomes of the call. */
  triesToWrite({ id }: SimulatedNode, { rollout, cause }: WriteCommand): void {
    if (cause === 'restore') this.journals.get(rollout)?.restoring.add(id);
  }

  /** Silence means the old version: no canary outlives its lease from the last good look. */
  silent(node: SimulatedNode): void {
    this.nodes.idle(node);
    this.nodes.look(node);
    const { canary } = node.row.route;
    if (canary && this.nowMs - node.goodLookMs > canary.leaseMs) {
      this.breaks('silence means the old version', `${this.nowMs - node.goodLookMs} ms`);
    }
  }

  stored<T>(region: SimulatedRegion, key: string, perform: () => Promise<T>): Promise<T> {
    if (!key.startsWith('pointers/')) {
      const effect = perform();
      if (key.startsWith('claims/')) this.served(region);
      return effect;
    }
    const before = pointerOf(region);
    const effect = perform();
    const after = pointerOf(region);
    if (before && after && compareTokens(after.fence, before.fence) < 0) {
      this.breaks('S2: a lower token changes a pointer', region.region.id);
    }
    if (after && after.current !== before?.current) this.note(`${region.region.id} pointer ${String(after.current)}`);
    this.served(region);
    return effect;
  }

  recorded<T>(manifest: MemoryManifest, row: ManifestRow, perform: () => Promise<T>): Promise<T> {
    const fence = manifest['held'].get(`${row.model}/${row.region}`)?.fence;
    const effect = perform();
    const isLower = fence && (row.epoch < fence.epoch || (row.epoch === fence.epoch && row.seq < fence.seq));
    if (isLower && manifest['held'].get(`${row.model}/${row.region}`)?.row === row) {
      this.breaks('S2: a lower token changes a row');
    }
    return effect;
  }

  private moved(node: SimulatedNode, { rollout, cause, traffic }: WriteCommand, before: RouteRow): void {
    const journal = this.journals.get(rollout);
    if (!journal) return this.breaks('a route is written by nobody', rollout);
    if (cause === 'restore') return this.restored(journal, node);
    if (cause !== 'step' && cause !== 'flip') return;
    journal.unread.add(node.id);
    if (journal.hasEnded) this.breaks('S8: forward work takes hold after the end');
    if (cause === 'step' && !traffic.canary) return this.emptied(journal);
    journal.weightSinceMs = this.nowMs;
    journal.weightPct = cause === 'flip' ? 100 : (traffic.canary?.weightPct ?? 0);
    const steps = this.stepsOf(journal);
    const weightPct = cause === 'flip' ? 100 : (traffic.canary?.weightPct ?? 0);
    const earlier = cause === 'flip' ? steps : steps.slice(0, steps.indexOf(weightPct));
    if (cause === 'step' && !steps.includes(weightPct)) this.breaks('S5: a weight that is no step of the plan');
    if (!earlier.every((step) => journal.healthy.has(step))) this.breaks('S4: a step before the one below is healthy');
    if (!journal.validated && !this.plans.get(journal.epoch)?.fastTrack) this.breaks('S4: traffic before validation');
    if (journal.regressed) this.breaks('S5: a weight rises after a breach');
    if (journal.restored.has(node.id)) this.breaks('S8: a straggler undoes an undo');
    if (before.route.canary && cause === 'step' && before.route.canary.weightPct > weightPct) {
      this.breaks('S5: weights are not monotone');
    }
    this.gated(journal, cause);
  }

  private restored(journal: Journal, { id }: SimulatedNode): void {
    if (!journal.restored.has(id)) journal.safeMs = this.nowMs;
    journal.restored.add(id);
  }

  /** Back to weight 0 in the middle: only where the arms did not get their shares. */
  private emptied({ verdict, region }: Journal): void {
    if (verdict !== 'invalid-experiment') this.breaks('contract 3: held keeps its weight', region);
  }

  private gated(journal: Journal, cause: 'step' | 'flip'): void {
    const plan = this.plans.get(journal.epoch);
    if (!plan) return;
    const points = cause === 'flip' ? (['canary', 'flip'] as const) : (['canary'] as const);
    for (const point of points) {
      const isGated = gatesOf(plan, journal.region, point).length > 0;
      if (isGated && !journal.advanced.has(point)) this.breaks('S6: traffic before its gate is open', point);
    }
  }

  /** The canary weights that a rollout of the plan takes in its region, lowest first. */
  stepsOf(journal: Journal): readonly number[] {
    const isFirst = journal.found.stables.every((stable) => stable === null);
    const plan = this.plans.get(journal.epoch);
    return isFirst || !plan ? [] : plan.steps.map(({ weightPct }) => weightPct);
  }
}

function tokenText({ epoch, seq, attempt }: Token): string {
  return `${epoch}.${seq}.${attempt}`;
}
