import { Context } from '@temporalio/activity';
import type { Slice, Tally } from '../domain/tally';
import { nothing, taken, totals } from '../domain/tally';
import type { Digest, ModelName } from '../domain/ids';
import { judge, type ArmCounts, type Carried, type Limits, type Look, type Verdict } from '../domain/judge';
import type { RouteCause } from '../domain/route';
import type { Token } from '../domain/token';
import type { RegionPorts } from '../ports';
import type { RouteView } from '../ports/router';
import type { FoundNode } from '../domain/found';
import { tokenOf, type Stamp } from './stamp';
import { claimAll, renewAll, restoreAll, viewsOf, type Standing } from './watch-nodes';

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
  readonly blind: number; // looks without data in a row
  readonly tally: Tally;
  readonly under: ArmCounts;
  readonly beside: ArmCounts;
  readonly lnE: readonly number[];
  readonly weightPct: number;
  readonly note: string;
}

type Needs = Pick<RegionPorts, 'routers' | 'metrics' | 'clock'>;

export function watching({ routers, metrics, clock }: Needs) {
  return { watch, awaitCounters };

  /**
   * Guards one weight: looks every `lookMs`, judges, renews the canary's lease after a good look, and restores the route itself on
   * `regressed`, before it answers. Goes on while the hub is away; never raises a weight; `lapsed` is an answer, never a reason to set again.
   * A new attempt claims the canary, so that its predecessor neither renews nor restores; counters are cumulative, so the test continues.
   * Heartbeats with `WatchProgress` at every look.
   */
  async function watch(input: WatchInput): Promise<WatchOutcome> {
    const { cancellationSignal: signal, heartbeat, info } = Context.current();
    const token = tokenOf(input.stamp);
    let progress = (info.heartbeatDetails as WatchProgress | undefined) ?? started(input);
    for (let unclaimed: readonly FoundNode[] = input.nodes; ;) {
      const claims = await claimAll(routers, unclaimed, input.model, token);
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
      if (await metrics.counters(model).catch(() => undefined)) return;
      await clock.sleep(lookMs, signal);
    }
  }

  interface Seen {
    readonly kind: 'seen';
    readonly progress: WatchProgress;
    readonly views: readonly RouteView[]; // empty: a look without data
  }

  async function lookOnce(input: WatchInput, progress: WatchProgress, unclaimed: boolean): Promise<Seen | Standing> {
    const standing = await viewsOf(routers, input.nodes, input.model, input.stamp.epoch);
    if (standing.kind !== 'views') {
      return standing.kind === 'blind' ? seenNothing(progress, standing.why) : standing;
    }
    const counters = await metrics.counters(input.model).catch((err: unknown) => String(err));
    if (typeof counters === 'string') return seenNothing(progress, counters);
    let { tally } = progress;
    for (const node of input.nodes) {
      const ofNode = counters.get(node.id);
      if (!ofNode) return seenNothing(progress, `no counters of ${node.id}`);
      tally = taken(tally, node.id, ofNode, sliceOf(input, node), input.limits.latencyLimitsMs);
    }
    const bakedMs = progress.bakedMs + (progress.looks > 0 && !unclaimed ? input.lookMs : 0);
    const sums = totals(tally, input.limits.latencyLimitsMs);
    const seen = { ...progress, ...sums, tally, bakedMs, looks: progress.looks + 1, blind: 0, note: '' };
    return { kind: 'seen', progress: seen, views: unclaimed ? [] : standing.views };
  }

  async function decide(input: WatchInput, token: Token, { progress, views }: Seen): Promise<WatchOutcome | undefined> {
    const { beside } = progress;
    if (progress.blind > 0) {
      // A canary's lease sees to it; a flipped stable is guarded for as long as it takes.
      if (input.weightPct < 100 || input.bakeMs === null || progress.blind < BLIND_LOOKS) return undefined;
      return {
        kind: 'verdict',
        verdict: { kind: 'provider-error', reasons: [progress.note] },
        beside,
        restored: false,
      };
    }
    const baked = input.bakeMs !== null && progress.bakedMs >= input.bakeMs;
    const verdict = judge(lookOf(input, progress, baked ? input.plannedLook : null), input.limits);
    if (verdict.kind === 'regressed') {
      const restored = await restoreAll(routers, input, token);
      return { kind: 'verdict', verdict, beside, restored };
    }
    if (verdict.kind === 'provider-error') return undefined; // counts that cannot be true: no look, no renewal
    if (verdict.kind === 'invalid-experiment' || baked) return { kind: 'verdict', verdict, beside, restored: false };
    if (input.weightPct < 100) await renewAll(routers, input, token, views);
    return undefined;
  }
}

function started({ limits, carried, weightPct }: WatchInput): WatchProgress {
  const none = nothing(limits.latencyLimitsMs);
  const counts = { tally: {}, under: none, beside: none, lnE: carried.lnE };
  return { looks: 0, bakedMs: 0, blind: 0, weightPct, note: '', ...counts };
}

function seenNothing(progress: WatchProgress, note: string) {
  return { kind: 'seen' as const, progress: { ...progress, blind: progress.blind + 1, note }, views: [] };
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
