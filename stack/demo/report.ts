import type { RolloutStatus } from '../../workflows/contract';
import type { Servers } from '../servers';
import type { Choices } from '../layout';
import type { PromotionView } from './client';
import type { FailedRequest } from '../region-traffic';
import type { Downtime } from '../supervisor';
import type { TrafficMonitor } from './traffic-monitor';

const NOTICED_MS = 100; // a request may meet a dead process before its end is told to us

interface Facts {
  readonly servers: Servers;
  readonly choices: Choices;
  readonly setupMs: number;
  readonly readyMs: number;
  readonly views: readonly PromotionView[];
  readonly traffic: Pick<TrafficMonitor, 'failures' | 'total'>;
  readonly downtimes: readonly Downtime[];
}

/** What `--report FILE` holds. */
export function reportOf(facts: Facts) {
  const { servers, choices, setupMs, readyMs, views } = facts;
  const { temporal, versitygw, registry } = servers;
  return {
    servers: {
      temporal: `${temporal.version} (${temporal.source})`,
      objectStore: choices.store === 's3' ? `versitygw ${versitygw?.version} (${versitygw?.source})` : 'filesystem',
      registry:
        choices.registry === 'distribution' ? `distribution ${registry?.version} (${registry?.source})` : 'layout',
      runtime: `onnxruntime on node ${process.version}`,
    },
    ...{ setupMs, readyMs },
    promotions: views.flatMap(promotionOf),
    traffic: trafficOf(facts),
  };
}
export type Report = ReturnType<typeof reportOf>;

function promotionOf({ status, rollouts }: PromotionView) {
  if (!status) return [];
  const { model, version, digest, epoch, outcome, reason, startedAtMs, timeToSafeMs, regions } = status;
  const ends = Object.values(rollouts).flatMap(({ phases }) => phases.map(({ atMs }) => atMs));
  const durationMs = Math.max(startedAtMs, ...ends) - startedAtMs;
  return [
    {
      ...{ model, version, digest, epoch, outcome, reason, durationMs, timeToSafeMs },
      regions: regions.map(({ region, outcome: end }) => regionOf(region, end, rollouts[region])),
    },
  ];
}

function regionOf(id: string, outcome: string | null, rollout: RolloutStatus | undefined) {
  const counts = (arm: { readonly requests: number; readonly errors: number } | null | undefined) => ({
    ...{ requests: arm?.requests ?? 0, errors: arm?.errors ?? 0 },
  });
  return {
    ...{ id, outcome: rollout?.outcome ?? outcome },
    phases: rollout?.phases.map(({ phase }) => phase) ?? [],
    ...{ bytesTotal: rollout?.bytesTotal ?? null, bytesMoved: rollout?.bytesMoved ?? null },
    replicateMs: rollout?.replicateMs ?? null,
    steps: (rollout?.steps ?? []).map(({ weightPct, verdict, evidence }) => ({
      ...{ weightPct, verdict, canary: counts(evidence?.canary), stable: counts(evidence?.stable) },
    })),
  };
}

function trafficOf({ traffic, views, downtimes }: Facts) {
  const { requests, errors, achievedPerSecond } = traffic.total;
  const canaries = new Set(views.flatMap(({ status }) => (status && status.outcome !== 'live' ? [status.digest] : [])));
  let [ofCanaries, whileDown] = [0, 0];
  for (const failure of traffic.failures) {
    if (downtimes.some((downtime) => explains(downtime, failure))) whileDown++;
    else if (canaries.has(failure.version as never)) ofCanaries++;
  }
  return {
    ...{ requests, errors, errorsOnStable: errors - ofCanaries - whileDown, errorsWhileDown: whileDown },
    achievedPerSecond: Math.round(achievedPerSecond * 10) / 10,
  };
}

/** A request was under way while the gateway or the runtime of its region was away. */
function explains({ name, fromMs, toMs }: Downtime, { region, sentAtMs, endedAtMs }: FailedRequest): boolean {
  const ofRegion = name === `${region} gateway` || name === `${region} runtime`;
  return ofRegion && endedAtMs >= fromMs - NOTICED_MS && sentAtMs <= (toMs ?? Infinity);
}
