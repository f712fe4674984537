import { parseDigest, parseModelName, parseRegionId, type RegionId } from '../../../../domain/ids';
import type { Phase } from '../../../../domain/phase';
import type { Played } from '../../../../stack/demo/promotion-checks';
import type { PromotionStatus, RolloutStatus } from '../../../../workflows/contract';

export const DIGEST = parseDigest(`sha256:${'a'.repeat(64)}`);
export const [EU, US, IN] = [parseRegionId('eu-north'), parseRegionId('us-east'), parseRegionId('ap-south')];
const counts = { requests: 100, errors: 0, slow: [], distinctClients: 9 };

type Step = RolloutStatus['steps'][number];
export function step(weightPct: number, verdict = 'healthy', requests = 100): Step {
  const judged = { lnE: [], alphaPerTest: 0.01, absoluteBound: null, ratioBound: null, k: null, weightPct };
  const evidence = { ...judged, canary: { ...counts, requests }, stable: counts, baseline: 'concurrent' as const };
  return { weightPct, verdict, reasons: [], evidence, extensions: 0 };
}

/** A rollout whose phases follow each other by a second. */
export function rollout(
  region: RegionId,
  fromMs: number,
  names: readonly Phase[],
  change: Partial<RolloutStatus> = {},
) {
  const phases = names.map((phase, index) => ({ phase, atMs: fromMs + index * 1_000 }));
  const none = { reason: null, found: null, validation: null, heldUntilMs: null, unreachableSinceMs: null };
  const bytes = { bytesTotal: 1, bytesMoved: 1, replicateMs: 1, breachAtMs: null, safeAtMs: null };
  const rest = { attempt: 1, phase: 'ended', weightPct: 0, steps: [], waitsFor: '', notUndone: [] } as const;
  return { region, phases, outcome: 'rolled-back', ...none, ...bytes, ...rest, ...change } satisfies RolloutStatus;
}

export function played(change: Partial<PromotionStatus>, rollouts: readonly RolloutStatus[]): Played {
  const phaseOf = (id: RegionId) => (rollouts.some(({ region }) => region === id) ? 'ended' : 'pending') as Phase;
  const regions = [EU, US, IN].map((region) => ({
    ...{ region, attempt: 1, phase: phaseOf(region), outcome: null, reason: null },
    ...{ unreachableSinceMs: null, safeAtMs: null },
  }));
  const status: PromotionStatus = {
    ...{ id: 'promotion/fraud/2', model: parseModelName('fraud'), epoch: 2, digest: DIGEST, version: 'v2' },
    ...{ planHash: DIGEST, starter: 'registry', phase: 'ended', waitsFor: '', paused: false, committed: true },
    ...{ outcome: 'live', reason: null, startedAtMs: 0, deadlineAtMs: 9, timeToSafeMs: null, wave: 2 },
    ...{ waves: [[EU], [US, IN]], regions, gates: [], ...change },
  };
  return {
    digest: DIGEST,
    status,
    live: {},
    problems: {},
    rollouts: Object.fromEntries(rollouts.map((one) => [one.region, one])),
  };
}

export const FORWARD = ['reserving', 'canary', 'baking', 'live', 'ended'] as const;
export const UNDONE = ['reserving', 'canary', 'rolling-back', 'ended'] as const;
export const LATE = ['reserving', 'canary', 'flipping', 'rolling-back', 'ended'] as const;
export const STEPS = [step(5), step(25), step(50), step(100)];
export const live = (region: RegionId, fromMs: number, change: Partial<RolloutStatus> = {}) =>
  rollout(region, fromMs, FORWARD, { outcome: 'live', steps: STEPS, ...change });
export const problems = (told: readonly (readonly [boolean, string])[]) =>
  told.filter(([holds]) => !holds).map(([, problem]) => problem);
