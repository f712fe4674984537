import { Failure } from '../../domain/failures';
import { memoryFleet, type MemoryFleet } from '../support/fleet';
import type { MemoryRegion } from '../support/fleet-region';
import { startTemporal, type Temporal } from '../support/temporal';
import { onStage, type Stage } from '../support/temporal-stage';

let temporal: Temporal;
beforeAll(async () => (temporal = await startTemporal()));
afterAll(() => temporal?.stop());

const EU = 'eu-north';
const [LOOK_MS, LEASE_MS] = [50, 15_000];
const PATIENCE_MS = 2_000; // calls are counted: no worker that is there seems away beside a loaded processor
const BAKE_LOOKS = 8; // after the first
const SEEN = 6; // looks of a bake before its counters are gone

/** The counters of a region: there for so many looks, then gone until somebody brings them back. Its canary's lease runs out at the second look without. */
class FlappingSource {
  readonly looks = new Map<number, number>(); // that saw counters, by the generation of the route
  private left = SEEN;
  private blind = 0;

  constructor(private readonly region: MemoryRegion) {
    region.onLook = () => this.look();
  }

  /** For the look that waits for them and so many more. */
  bringBack(looks = Infinity): void {
    this.blind = 0;
    this.left = looks + 1;
  }

  private look(): void {
    const { router, model } = this.region;
    if (this.left <= 0) {
      if (++this.blind === 2) this.region.aheadMs += LEASE_MS;
      throw new Failure('MetricsUnavailable', 'the gateway refused the connection');
    }
    this.left--;
    const { generation } = router.row(model).route;
    this.looks.set(generation, (this.looks.get(generation) ?? 0) + 1);
  }
}

async function flapping(
  weights: readonly number[],
  play: (stage: Stage, source: FlappingSource, fleet: MemoryFleet) => Promise<void>,
): Promise<void> {
  const steps = weights.map((weightPct) => ({ weightPct, bakeMs: BAKE_LOOKS * LOOK_MS }));
  const policy = { steps, lookMs: LOOK_MS, leaseMs: LEASE_MS, patienceMs: PATIENCE_MS };
  const fleet = await memoryFleet({ regions: [EU], policy });
  const source = new FlappingSource(fleet.region(EU));
  await onStage(temporal, fleet, async (stage) => {
    await stage.promote();
    await play(stage, source, fleet);
  });
}

/** Waits until the region is held for want of data, the so manieth time. */
async function isBlind(stage: Stage, times: number): Promise<void> {
  await stage.called(`${EU} awaitCounters`, times);
  await expect(stage.regionStatus(EU)).resolves.toMatchObject({ phase: 'held', weightPct: 0 });
}

const times = (stage: Stage, activity: string) => stage.callsOf(EU).filter((call) => call === activity).length;

describe('a canary whose counters cannot be read, on a real server', () => {
  it('is held at weight 0, and bakes anew from the beginning once they can', async () => {
    await flapping([5], async (stage, source, { region, old, notifier }) => {
      await isBlind(stage, 1);
      const { waitsFor, heldUntilMs } = await stage.regionStatus(EU);
      expect(waitsFor).toBe('the gateway counters, which cannot be read; the canary is at weight 0');
      expect(heldUntilMs).toBeNull();
      await expect(region(EU).serves()).resolves.toMatchObject({ stable: old.digest, canary: null });
      await stage.shows(({ phase }) => phase === 'held');
      await stage.shows(() => notifier.notices.some(({ text }) => text.endsWith('; goes on by itself')));
      source.bringBack();
      const { outcome, digest } = await stage.ends();
      expect(outcome).toBe('live');
      await expect(region(EU).serves()).resolves.toMatchObject({ stable: digest });
      expect(times(stage, 'setWeight')).toBe(2);
      const [first = 0, , second = 0] = source.looks.values(); // between them the one that waited
      expect([first, second]).toEqual([SEEN, BAKE_LOOKS + 1]);
    });
  });

  it('may be so twice at each step', async () => {
    await flapping([5, 50], async (stage, source) => {
      for (const flap of [1, 2, 3]) {
        await isBlind(stage, flap);
        source.bringBack(flap === 2 ? BAKE_LOOKS + 1 + SEEN : SEEN);
      }
      await isBlind(stage, 4);
      source.bringBack();
      await expect(stage.ends()).resolves.toMatchObject({ outcome: 'live' });
      expect(times(stage, 'setWeight')).toBe(6);
    });
  });

  it('goes back when it happens a third time', async () => {
    await flapping([5], async (stage, source, { region, old }) => {
      for (const flap of [1, 2]) {
        await isBlind(stage, flap);
        source.bringBack(SEEN);
      }
      const { outcome, reason } = await stage.ends();
      expect(outcome).toBe('rolled-back');
      expect(reason).toEqual({ kind: 'fault', text: `${EU}: the canary's lease lapsed 3 times at 5 %` });
      expect([times(stage, 'setWeight'), times(stage, 'awaitCounters')]).toEqual([3, 2]);
      await expect(region(EU).serves()).resolves.toMatchObject({ stable: old.digest, canary: null });
    });
  });
});
