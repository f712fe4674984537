import type { Digest, ModelName, NodeId, RegionId } from '../../../domain/ids';
import { DEFAULT_LIMITS, type ArmCounts, type JudgeEvidence } from '../../../domain/judge';
import type { Gate, PlannedPromotion } from '../../../domain/plan';
import type { ManifestRow, PromotionRecord } from '../../../ports/manifest';
import type { LineState, PromotionStatus, RolloutStatus, StepRecord } from '../../../workflows/contract';

export const FRAUD = 'fraud' as ModelName;
export const EU = 'eu-north' as RegionId;
export const US = 'us-east' as RegionId;
export const AP = 'ap-south' as RegionId;
export const V1 = `sha256:${'1'.repeat(64)}` as Digest;
export const V2 = `sha256:${'2'.repeat(64)}` as Digest;
export const V3 = `sha256:${'3'.repeat(64)}` as Digest;
export const PLAN_HASH = `sha256:${'a'.repeat(64)}` as Digest;
export const START_MS = Date.parse('2026-03-01T10:00:00Z');

export const GATE: Gate = { id: 'change-board', before: 'canary', regions: [US, AP], quorum: 1 };

export function planned(more: Partial<PlannedPromotion['plan']> = {}): PlannedPromotion {
  const files = [{ path: 'model.onnx', digest: V2, bytes: 33_554_432, mediaType: 'application/octet-stream' }];
  const region = (id: RegionId) => ({
    ...{ region: id, bytesTotal: 33_554_432, bytesToMove: 1_048_576, transferMs: 1_200, costUsd: 0.0123 },
    ...{ bakeMs: 90_000, requestsNeeded: [529, 529, 529], firstVersion: false, warnings: [] as readonly string[] },
  });
  const unknown = { bytesToMove: null, transferMs: null, costUsd: null, firstVersion: null };
  const warnings = ['bytes to move are unknown: its worker has not answered within 10 s'];
  return {
    plan: {
      ...{ model: FRAUD, fleetDigest: V1, policyDigest: V1, mode: 'split', flipBakeMs: 15_000, gates: [GATE] },
      freight: { digest: V2, model: FRAUD, version: 'v2', files, requires: {}, goldenSet: null },
      ...{ waves: [[EU], [US, AP]], jurisdictions: { [EU]: 'EU', [US]: 'US', [AP]: 'IN' } },
      steps: [5, 25, 50].map((weightPct) => ({ weightPct, bakeMs: 25_000 })),
      watch: { lookMs: 1_000, leaseMs: 30_000, limits: DEFAULT_LIMITS },
      validation: { tolerance: { rtol: 1e-3, atol: 1e-5 }, minCasesPerSecond: 0 },
      ...{ approvalExpiryMs: 3_600_000, holdMs: 3_600_000, patienceMs: 60_000, windowMs: 86_400_000 },
      ...{ deadline: 'hold', keepPrevious: 2, fastTrack: false },
      ...more,
    },
    planHash: PLAN_HASH,
    forecast: { regions: [region(EU), region(US), { ...region(AP), ...unknown, warnings }] },
  };
}

export function counts(errors: number, requests: number): ArmCounts {
  return { errors, requests, slow: [], distinctClients: 12 };
}

export function evidence(
  canary: ArmCounts,
  stable: ArmCounts | null,
  more: Partial<JudgeEvidence> = {},
): JudgeEvidence {
  const bounds = { absoluteBound: 0.0073, ratioBound: null, k: 1, alphaPerTest: 0.005 };
  return { canary, stable, baseline: stable ? 'concurrent' : 'none', weightPct: 5, lnE: [0, 0], ...bounds, ...more };
}

export function step(weightPct: number, verdict = 'healthy', of: JudgeEvidence | null = null): StepRecord {
  const numbers = of ?? evidence(counts(0, 612), counts(3, 11_612), { weightPct });
  return { weightPct, verdict, reasons: [], evidence: numbers, extensions: 0 };
}

export function rollout(region: RegionId, more: Partial<RolloutStatus> = {}): RolloutStatus {
  return {
    ...{ region, attempt: 1, phase: 'canary', phases: [{ phase: 'canary', atMs: START_MS + 60_000 }] },
    ...{ outcome: null, reason: null, found: { ['gw-1' as NodeId]: V1 }, weightPct: 25, steps: [step(5)] },
    ...{ validation: null, bytesTotal: 33_554_432, bytesMoved: 1_048_576, replicateMs: 1_234, waitsFor: '' },
    ...{ heldUntilMs: null, unreachableSinceMs: null, notUndone: [], breachAtMs: null, safeAtMs: null },
    ...more,
  };
}

export function status(more: Partial<PromotionStatus> = {}): PromotionStatus {
  const region = (id: RegionId, phase: 'canary' | 'pending') => ({
    ...{ region: id, attempt: 1, phase, outcome: null, reason: null, unreachableSinceMs: null, safeAtMs: null },
  });
  return {
    ...{ id: 'promotion/fraud/7', model: FRAUD, epoch: 7, digest: V2, version: 'v2', planHash: PLAN_HASH },
    ...{ starter: 'ada', phase: 'rolling-out', waitsFor: '', paused: false, committed: false, outcome: null },
    ...{ reason: null, startedAtMs: START_MS, deadlineAtMs: START_MS + 86_400_000, timeToSafeMs: null },
    ...{ waves: [[EU], [US, AP]], wave: 1, gates: [] },
    regions: [region(EU, 'canary'), region(US, 'pending'), region(AP, 'pending')],
    ...more,
  };
}

export function line(more: Partial<LineState> = {}): LineState {
  return {
    ...{ epoch: 7, queue: [], current: null, beside: [], live: V1, denied: {}, freezes: [], held: null },
    ...{ history: [{ digest: V1, epoch: 6, outcome: 'live' }], usedJtis: [], roster: null },
    ...more,
  };
}

export function current(epoch = 7): NonNullable<LineState['current']> {
  const offer = { digest: V2, id: 'statement-1', source: 'operator' } as const;
  const who = { version: 'v2', planHash: PLAN_HASH, starter: 'ada', startedAt: '2026-02-27T08:00:00Z' };
  return { id: `promotion/fraud/${epoch}`, epoch, offer, ...who, regions: [EU, US, AP] };
}

export function row(region: RegionId, more: Partial<ManifestRow> = {}): ManifestRow {
  return {
    ...{ model: FRAUD, region, epoch: 7, seq: 3, target: V2, live: V1, previous: [V3], phase: 'canary' },
    ...{ outcome: null, promotion: 'promotion/fraud/7', since: '2026-02-27T08:30:00.000Z' },
    ...more,
  };
}

export function record(more: Partial<PromotionRecord> = {}): PromotionRecord {
  return {
    ...{
      id: 'promotion/fraud/6',
      model: FRAUD,
      epoch: 6,
      digest: V1,
      version: 'v1',
      planHash: PLAN_HASH,
      starter: 'ada',
    },
    ...{ startedAt: '2026-02-27T08:00:00.000Z', endedAt: '2026-02-27T08:30:00.000Z', outcome: 'live', reason: null },
    ...{ timeToSafeMs: null },
    ...more,
  };
}
