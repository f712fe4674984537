import type { ModelPolicy } from '../../domain/model-policy';
import { memoryFleet, type MemoryFleet } from '../support/fleet';
import { keepHistory } from '../support/histories';
import type { Temporal } from '../support/temporal';
import { onStage, type Overlay, type Stage } from '../support/temporal-stage';

// `npm run history:save`: plays each path on a real server and keeps what it left behind for test/replay. Small on purpose: two regions.
export const [EU, AP] = ['eu-north', 'ap-south'] as const;
export const STEPS = [{ weightPct: 5, bakeMs: 100 }];
export const LONG = { steps: [{ weightPct: 5, bakeMs: 600_000 }] };

export interface Scene {
  readonly regions?: readonly string[];
  readonly first?: boolean; // no version is live anywhere yet
  readonly policy?: Partial<ModelPolicy>;
  readonly overlay?: Overlay;
  readonly epoch?: number; // of the promotion that is kept; default: the first one
  readonly keeps?: readonly string[]; // regions whose rollout is kept, too; default: the first
}
export type Play = (stage: Stage, fleet: MemoryFleet) => Promise<void>;

/** Lets a play happen until its promotion has ended, then keeps its histories. */
export async function scene(temporal: Temporal, scenario: string, given: Scene, play: Play): Promise<void> {
  const { regions = [EU, AP], first = false, policy, overlay, keeps = [EU] } = given;
  const fleet = await memoryFleet({ regions, first, policy: { steps: STEPS, ...policy } });
  const played = async (stage: Stage) => {
    const epoch = given.epoch ?? (first ? 1 : 2);
    await play(stage, fleet);
    await stage.ends(epoch).catch(() => undefined); // one that is terminated does not
    await keepHistory('promotion', scenario, stage.promotion(epoch));
    for (const region of keeps)
      await keepHistory('regionRollout', `${scenario}-${region}`, stage.rollout(region, epoch));
  };
  await onStage(temporal, fleet, played, overlay ? { overlay } : {});
}
