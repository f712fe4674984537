import { Context } from '@temporalio/activity';
import type { WatchInput } from '../../activities/watch';
import { memoryFleet, type MemoryFleet } from '../support/fleet';
import { startTemporal, type Temporal } from '../support/temporal';
import { latch, onStage, type Overlay, type Stage } from '../support/temporal-stage';

let temporal: Temporal;
beforeAll(async () => (temporal = await startTemporal()));
afterAll(() => temporal?.stop());

const [EU, US] = ['eu-north', 'us-east'] as const;
const LOOKS = 5; // of a region up to the commit: two weights, the flip's bake, the guard, the last look

/** Two regions, of which one has given its last look and the other one's does not end before the play says so. */
async function halfPrepared(play: (stage: Stage, fleet: MemoryFleet, answer: () => void) => Promise<void>) {
  const answered = latch();
  const overlay: Overlay = (where, real) => {
    const watch = async (input: never) => {
      const { weightPct, bakeMs, lookMs } = input as WatchInput;
      if (weightPct < 100 || bakeMs !== lookMs) return real.watch?.(input);
      const { cancelled, heartbeat } = Context.current();
      const beat = setInterval(() => heartbeat(), 20);
      await Promise.race([cancelled, answered.opened]).finally(() => clearInterval(beat));
      return real.watch?.(input);
    };
    return where === US ? { ...real, watch } : real;
  };
  const fleet = await memoryFleet({ regions: [EU, US] });
  const begun = async (stage: Stage) => {
    await stage.promote();
    await stage.called(`${EU} watch`, LOOKS + 1); // guards again
    await play(stage, fleet, answered.open);
  };
  await onStage(temporal, fleet, begun, { overlay });
}

describe('a last look that one region does not give, on a real server', () => {
  it('leaves no other unguarded, and all are asked again once it is there', async () => {
    await halfPrepared(async (stage, _fleet, answer) => {
      await expect(stage.status()).resolves.toMatchObject({ phase: 'committing', committed: false });
      answer();
      await expect(stage.ends()).resolves.toMatchObject({ outcome: 'live', committed: true });
      expect(stage.callsOf(EU).filter((call) => call === 'watch')).toHaveLength(LOOKS + 2);
    });
  });

  it('takes everything back where a region breaches meanwhile that had given its own', async () => {
    await halfPrepared(async (stage, fleet) => {
      const { digest } = await stage.status();
      fleet.region(EU).spoil(digest, 0.5);
      const { outcome, reason } = await stage.ends();
      expect({ outcome, kind: reason?.kind }).toEqual({ outcome: 'rolled-back', kind: 'breach' });
      for (const region of fleet.regions.values()) {
        await expect(region.serves()).resolves.toMatchObject({ stable: fleet.old.digest });
      }
    });
  });
});
