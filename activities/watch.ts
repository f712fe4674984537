import { Context } from '@temporalio/activity';
import type { Slice, Tally } from '../domain/tally';
import { nothing, taken, totals } from '../domain/tally';
import type { Digest, ModelName } from '../domain/ids';
import { judge, type ArmCounts, type Carried, type Limits, type Look, type Verdict } from '../domain/judge';
import type { RouteCause } from '../domain/route';
import type { Token } from '../domain/token';
import type { RegionPorts } from '../ports';
import type { FoundNode } from '../domain/found';
import { tokenOf, type Stamp } from './stamp';
import { claimAll, renewAll, restoreAll, viewsOf, type Standing, type Views } from './watch-nodes';

/** Looks without data, one after the other, before a watch that holds no lease gives up looking. */
const BLIND_LOOKS = 30;

export interface WatchInput {
  readonly model: ModelName;
  readonly rollout: string;
  readonly stamp: Stamp;
  readonly freight: Digest;
  readonly nodes: readonly FoundNode[]; // with the generations that the write of this weight made
  readonly weightPct: number; // 1..99: a canary; 100: the freight is stable
  readonly mode: 'split' | 'mirror';
  readonly bakeMs: number | null; // milliseconds of good looks before it may pass; null: watch until told to stop
  readonly plannedLook: number; // k of the look at the end of the bake
  readonly carried: Carried; // ln E of finished weights
  readonly frozen: ArmCounts | null; // the old stable's counts, to compare a new stable with; null: none or a canary
  readonly lookMs: number;
  readonly limits: Limits;
}
/** How a watch ended. Only a verdict `healthy` advances. */
export type WatchOutcome =
  | { readonly kind: 'verdict'; readonly verdict: Verdict; readonly beside: ArmCounts; readonly restored: boolean }
  | { readonly kind: 'lapsed'; readonly blind: boolean } // the lease ran out; blind: for want of data
  | { readonly kind: 'moved'; readonly cause: RouteCause }
  | { readonly kind: 'superseded'; readonly seen: number | null }; // the newer epoch

/** What a watch heartbeats: how far it is, in at most 1 KB. The api reads it as live evidence. */
export interface WatchProgress {
  readonly looks: number;
  readonly bakedMs: number; // good looks times the look's period
  readonly blind: number; // looks without the counts of every node in a row
  readonly tally: Tally;
  readonly under: ArmCounts;
  readonly beside: ArmCounts;
  readonly lnE: readonly number[];
  readonly weightPct: number;
  readonly note: string;
}

type Needs = Pick<RegionPorts, 'routers' | 'metrics' | 'clock'>;

export function watching({ routers, metrics, clock }: Needs) {
  const asking = { routers, clock };
  return { watch, awaitCounters };

  /**
   * Guards one weight: looks every `lookMs`, judges, renews the canary's lease after a good look, and restores the route itself on
   * `regressed`, before it answers. Goes on while the hub is away; never raises a weight; `lapsed` is an answer, never a reason to set again.
   * A new attempt claims the canary, so that its predecessor neither renews nor restores; counters are cumulative, so the test continues.
   * A look that lacks a node's counts may condemn, for what the others counted is true; it neither renews nor advances.
   * Heartbeats with `WatchProgress` before and after every look, whatever the nodes do meanwhile.
   */
  async function watch(input: WatchInput): Promise<WatchOutcome> {
    const { cancellationSignal: signal, heartbeat, info } = Context.current();
    const token = tokenOf(input.stamp);
    let progress = (info.heartbeatDetails as WatchProgress | undefined) ?? started(input);
    for (let unclaimed: readonly FoundNode[] = input.nodes; ;) {
      heartbeat(progress);
      const claims = await claimAll(asking, unclaimed, input.model, token);
      if (claims.kind !== 'standing') return ended(claims, progress);
      unclaimed = claims.missing;
      const look = await lookOnce(input, progress, unclaimed.length > 0);
      if (look.kind !== 'seen') return ended(look, progress);
      progress = look.progress;
      heartbeat(progress);
      const outcome = await decide(input, token, look);
      if (outcome) return outcome;
      await clock.sleep(input.lookMs, signal);
    }
  }

  /** Waits until every node's counters can be read again. Heartbeats at every look. */
  async function awaitCounters({
    model,
    lookMs,
  }: {
    readonly model: ModelName;
    readonly lookMs: number;
  }): Promise<void> {
    const { cancellationSignal: signal, heartbeat } = Context.current();
    for (let looks = 0; ; looks++) {
      heartbeat({ looks });
      const counters = await metrics.counters(model).catch(() => undefined);
      if (counters && routers.every(({ id }) => counters.has(id))) return;
      await clock.sleep(lookMs, signal);
    }
  }

  interface Seen {
    readonly kind: 'seen';
    readonly progress: WatchProgress;
    readonly views: Views['views']; // empty: nothing to renew from
  }

  async function lookOnce(input: WatchInput, progress: WatchProgress, unclaimed: boolean): Promise<Seen | Standing> {
    const standing = await viewsOf(asking, input, input.stamp.epoch);
    if (standing.kind !== 'views') return standing;
    let note = standing.silent;
    const counters = await metrics.counters(input.model).catch((err: unknown) => void (note ??= String(err)));
    let { tally } = progress;
    for (const node of input.nodes) {
      const ofNode = standing.views.has(node.id) && counters?.get(node.id);
      if (ofNode) tally = taken(tally, node.id, ofNode, sliceOf(input, node), input.limits.latencyLimitsMs);
      else note ??= `no counters of ${node.id}`;
    }
    const counted = { ...progress, ...totals(tally, input.limits.latencyLimitsMs), tally };
    if (note !== null) {
      return { kind: 'seen', progress: { ...counted, blind: progress.blind + 1, note }, views: new Map() };
    }
    const bakedMs = progress.bakedMs + (progress.looks > 0 && !unclaimed ? input.lookMs : 0);
    const seen = { ...counted, bakedMs, looks: progress.looks + 1, blind: 0, note: '' };
    return { kind: 'seen', progress: seen, views: unclaimed ? new Map() : standing.views };
  }

  async function decide(input: WatchInput, token: Token, { progress, views }: Seen): Promise<WatchOutcome | undefined> {
    const { beside, blind } = progress;
    const baked = blind === 0 && input.bakeMs !== null && progress.bakedMs >= input.bakeMs;
    const verdict = judge(lookOf(input, progress, baked ? input.plannedLook : null), input.limits);
    if (verdict.kind === 'regressed') {
      const restored = await restoreAll(asking, input, token);
      return { kind: 'verdict', verdict, beside, restored };
    }
    if (blind > 0) {
      // A canary's lease sees to it; a flipped stable is guarded for as long as it takes.
      if (input.weightPct < 100 || input.bakeMs === null || blind < BLIND_LOOKS) return undefined;
      const reasons = [progress.note];
      return { kind: 'verdict', verdict: { kind: 'provider-error', reasons }, beside, restored: false };
    }
    if (verdict.kind === 'provider-error') return undefined; // counts that cannot be true: no look, no renewal
    if (verdict.kind === 'invalid-experiment' || baked) return { kind: 'verdict', verdict, beside, restored: false };
    if (input.weightPct < 100) await renewAll(asking, input, token, views);
    return undefined;
  }
}

function started({ limits, carried, weightPct }: WatchInput): WatchProgress {
  const none = nothing(limits.latencyLimitsMs);
  const counts = { tally: {}, under: none, beside: none, lnE: carried.lnE };
  return { looks: 0, bakedMs: 0, blind: 0, weightPct, note: '', ...counts };
}

function ended(standing: Standing, progress: WatchProgress): WatchOutcome {
  if (standing.kind === 'superseded') return standing;
  return standing.cause === 'lease'
    ? { kind: 'lapsed', blind: progress.blind > 0 }
    : { kind: 'moved', cause: standing.cause };
}

function sliceOf({ freight, weightPct, mode }: WatchInput, { generation, stable }: FoundNode): Slice {
  const canary = weightPct < 100;
  return {
    generation,
    under: { digest: freight, arm: canary ? armOf(mode) : 'stable' },
    beside: canary && stable !== null ? { digest: stable, arm: 'stable' } : null,
  };
}

function armOf(mode: WatchInput['mode']): 'canary' | 'mirror' {
  return mode === 'mirror' ? 'mirror' : 'canary';
}

/** Copies take nothing away from stable, so a mirror has no share of the traffic that the arms could be held against. */
function lookOf(input: WatchInput, { under, beside }: WatchProgress, plannedLook: number | null): Look {
  const { weightPct, carried, frozen, nodes, mode } = input;
  const besides = weightPct < 100 && nodes.some(({ stable }) => stable !== null);
  const stable = besides ? beside : frozen;
  const baseline = besides && mode === 'split' ? 'concurrent' : stable ? 'frozen' : 'none';
  return { canary: under, stable, baseline, weightPct, carried, plannedLook };
}
