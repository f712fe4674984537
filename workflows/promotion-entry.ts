import type { RegionId } from '../domain/ids';
import type { RegionStatus, Report } from './contract';

/** What a promotion knows of one region. */
export interface RegionEntry extends RegionStatus {
  readonly seq: number;
  readonly gate: Report['gate'];
  readonly prepared: Report['prepared'];
  readonly staleEpoch: number | null;
  readonly breachAtMs: number | null;
  readonly refusedAsk: number;
  readonly awaitsData: boolean;
  readonly mayAccept: boolean;
}

/** A region whose rollout has not begun. Pure. */
export function pending(region: RegionId): RegionEntry {
  const nothing = { outcome: null, reason: null, unreachableSinceMs: null, safeAtMs: null };
  return {
    region,
    attempt: 1,
    phase: 'pending',
    ...nothing,
    seq: 0,
    gate: null,
    prepared: 0,
    staleEpoch: null,
    breachAtMs: null,
    refusedAsk: 0,
    awaitsData: false,
    mayAccept: false,
  };
}

/** Whether it has not gone live, or goes back. Pure. */
export function isBack({ phase, outcome }: Pick<RegionEntry, 'phase' | 'outcome'>): boolean {
  return ['rolling-back', 'stuck', 'ended'].includes(phase) && outcome !== 'live';
}

/** What people are shown of it. Pure. */
export function shown({
  region,
  attempt,
  phase,
  outcome,
  reason,
  unreachableSinceMs,
  safeAtMs,
}: RegionEntry): RegionStatus {
  return { region, attempt, phase, outcome, reason, unreachableSinceMs, safeAtMs };
}
