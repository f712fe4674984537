import type { RegionId } from '../../../domain/ids';
import type { Random } from '../sdk/random';
import { FATES } from './wire';
import { REGIONS } from './policies';

/** What strikes at a phase of a region, once. */
export const STRIKES = [
  ...(['worker-death', 'control-death', 'cut', 'node-restart', 'node-outage', 'store-outage'] as const),
  ...(['runtime-outage', 'blackout', 'thin', 'manifest-outage', 'disk-full', 'refused', 'bad-version'] as const),
  ...(['abort', 'pause', 'cancel-promotion', 'cancel-rollout', 'terminate-promotion', 'newer-epoch'] as const),
  ...([
    'burst',
    'second-digest',
    'line-continues',
    'forged',
    'skip-region',
    'reject',
    'wrong-answers',
    'will-not-load',
  ] as const),
] as const;
export type StrikeKind = (typeof STRIKES)[number];
export interface Strike {
  readonly kind: StrikeKind;
  readonly phase: string;
  readonly region: RegionId;
  readonly afterMs: number; // since the region entered the phase
  readonly forMs: number;
  struck: boolean;
}

export const PHASES = [
  ...(['reserving', 'replicating', 'verifying', 'loading', 'validating', 'canary', 'awaiting'] as const),
  ...(['flipping', 'baking', 'live', 'held', 'rolling-back', 'stuck'] as const),
] as const;
/** Faults of single calls and messages; counted like strikes. */
export const SMALL_FAULTS = [...FATES, 'signal-late', 'signal-twice'] as const;

const RARE = ['held', 'stuck', 'rolling-back', 'awaiting'];

/** Up to three strikes, more often at phases that are rarely reached. */
export function drawStrikes(draw: Random): Strike[] {
  const count = draw.pick([0, 1, 1, 1, 2, 2, 3]);
  return Array.from({ length: count }, () => {
    const phase = draw.chance(0.3) ? draw.pick(RARE) : draw.pick(PHASES);
    const afterMs = draw.chance(0.7) ? draw.between(0, 40) : draw.between(0, 5_000);
    const forMs = draw.chance(0.7) ? draw.between(100, 12_000) : draw.between(10_000, 80_000);
    return { kind: draw.pick(STRIKES), phase, region: draw.pick(REGIONS), afterMs, forMs, struck: false };
  });
}
