import { promotionId } from '../../../workflows/contract';
import type { Scheduler } from '../sdk/scheduler';
import type { World } from '../world';
import { MODEL } from './freights';
import { START_MS } from './people';
import type { FarSide } from './wire';

/** What the control worker reaches; only its manifest can be down. */
export interface HubSide extends FarSide {
  manifestDownUntilMs: number;
}

export function hubSide(scheduler: Scheduler): HubSide {
  return {
    phase: 'control',
    manifestDownUntilMs: 0,
    isDown(port: string): boolean {
      return port === 'manifest' && this.manifestDownUntilMs > scheduler.nowMs;
    },
    refusal: () => undefined,
  };
}

/** What epoch 1 left behind: the first version live in every region, unless the world begins before it. */
export async function settle({ fixtures, isFirst, regions, manifest, witness }: World): Promise<void> {
  const [first] = fixtures.freights;
  if (isFirst || !first) return;
  for (const [id, region] of regions) {
    await region.settle(first.digest);
    const row = { model: MODEL, region: region.region.id, epoch: 1, seq: 9, target: null, live: first.digest };
    const more = { previous: [], phase: 'ended', outcome: 'live', promotion: promotionId(MODEL, 1) } as const;
    await manifest.record({ ...row, ...more, since: new Date(START_MS).toISOString() });
    witness.settled.set(id, null);
  }
}
