import { ApplicationFailure } from '@temporalio/activity';
import { extendBakeUpdate, retryRegionUpdate, skipRegionUpdate, type RolloutStatus } from '../../workflows/contract';
import { memoryFleet, type MemoryFleet } from '../support/fleet';
import { startTemporal, type Temporal } from '../support/temporal';
import { onStage, type Overlay, type Stage } from '../support/temporal-stage';

let temporal: Temporal;
beforeAll(async () => (temporal = await startTemporal()));
afterAll(() => temporal?.stop());

const EU = 'eu-north';
const ENOUGH = 4_000; // requests between two looks

async function held(
  change: { readonly holdMs?: number; readonly requests?: number; readonly canaryShare?: number },
  play: (stage: Stage, fleet: MemoryFleet) => Promise<void>,
): Promise<void> {
  const { holdMs = 60_000, requests = ENOUGH, canaryShare = 1 } = change;
  const steps = [{ weightPct: 5, bakeMs: 100 }];
  const fleet = await memoryFleet({ regions: [EU], policy: { holdMs, steps } });
  const region = fleet.region(EU);
  region.requestsPerLook = requests;
  region.canaryShare = canaryShare;
  await onStage(temporal, fleet, async (stage) => {
    await stage.promote();
    await play(stage, fleet);
  });
}

/** Waits until the promotion has heard that its region is held. */
async function isHeld(stage: Stage): Promise<RolloutStatus> {
  await stage.shows(({ regions }) => regions[0]?.phase === 'held');
  return stage.regionStatus(EU);
}

describe('a held region, on a real server', () => {
  it('bakes longer when a person extends, its weight standing', async () => {
    await held({ requests: 20 }, async (stage, fleet) => {
      const { waitsFor, weightPct } = await isHeld(stage);
      expect(waitsFor).toMatch(/^a person to extend, retry or abort: insufficient-evidence: /);
      expect(weightPct).toBe(5);
      expect(stage.callsOf(EU).filter((call) => call === 'watch')).toHaveLength(4); // the bake, two extensions, the guard
      fleet.region(EU).requestsPerLook = ENOUGH;
      await stage.order(extendBakeUpdate, { verb: 'extendBake' });
      await expect(stage.ends()).resolves.toMatchObject({ outcome: 'live' });
      expect(stage.callsOf(EU).filter((call) => call === 'setWeight')).toHaveLength(1);
    });
  });

  it('enters the step again when a person says retry', async () => {
    await held({ requests: 20 }, async (stage, fleet) => {
      await isHeld(stage);
      fleet.region(EU).requestsPerLook = ENOUGH;
      await stage.order(retryRegionUpdate, { verb: 'retryRegion', region: EU });
      await expect(stage.ends()).resolves.toMatchObject({ outcome: 'live' });
      expect(stage.callsOf(EU).filter((call) => call === 'setWeight')).toHaveLength(2);
    });
  });

  it('goes back when nobody answers by the end of the hold', async () => {
    await held({ requests: 20, holdMs: 300 }, async (stage) => {
      const { reason, outcome } = await stage.ends();
      expect({ outcome, kind: reason?.kind }).toEqual({ outcome: 'rolled-back', kind: 'deadline' });
      expect(reason?.text).toMatch(/^eu-north: held until the deadline: insufficient-evidence/);
    });
  });

  it('has no weight while the arms do not get their shares', async () => {
    await held({ canaryShare: 0.1 }, async (stage, fleet) => {
      const { waitsFor, weightPct } = await isHeld(stage);
      expect(waitsFor).toMatch(/^a person to extend, retry or abort: invalid-experiment: /);
      expect(weightPct).toBe(0);
      await expect(fleet.region(EU).serves()).resolves.toMatchObject({ canary: null });
      fleet.region(EU).canaryShare = 1;
      await stage.order(retryRegionUpdate, { verb: 'retryRegion', region: EU });
      await expect(stage.ends()).resolves.toMatchObject({ outcome: 'live' });
    });
  });

  it('refuses an answer where nothing is held', async () => {
    const fleet = await memoryFleet({ regions: [EU], policy: { steps: [{ weightPct: 5, bakeMs: 600_000 }] } });
    await onStage(temporal, fleet, async (stage) => {
      await stage.promote();
      await stage.called(`${EU} watch`);
      const refused = { cause: { message: 'no region is held' } };
      await expect(stage.order(extendBakeUpdate, { verb: 'extendBake' })).rejects.toMatchObject(refused);
    });
  });
});

describe('a stuck region, on a real server', () => {
  /** A region that breaches, and whose store then refuses to release; the play mends it. */
  async function stuck(play: (stage: Stage, mend: () => void, fleet: MemoryFleet) => Promise<void>): Promise<void> {
    let refuses = true;
    const overlay: Overlay = (where, real) => {
      const releaseClaims = async (input: never) => {
        if (refuses) throw ApplicationFailure.nonRetryable('the store refused', 'AccessDenied');
        return real.releaseClaims?.(input);
      };
      return where === EU ? { ...real, releaseClaims } : real;
    };
    const fleet = await memoryFleet();
    await onStage(temporal, fleet, async (stage) => begin(stage, fleet), { overlay });

    async function begin(stage: Stage, { push, region }: MemoryFleet): Promise<void> {
      const digest = await push('v2');
      region('ap-south').spoil(digest, 0.5);
      await stage.offered(digest);
      await expect(stage.reaches(EU, 'stuck')).resolves.toMatchObject({ notUndone: ['release claims'] });
      await stage.shows(({ phase, regions }) => phase === 'stuck' && regions[1]?.outcome === 'rolled-back');
      await play(stage, () => void (refuses = false), fleet);
    }
  }

  it('tries again what is left when a person says retry', async () => {
    await stuck(async (stage, mend, fleet) => {
      await expect(stage.lineState()).resolves.toMatchObject({ current: { epoch: 2 } });
      await stage.shows(() => fleet.notifier.notices.some(({ kind }) => kind === 'stuck'));
      mend();
      await stage.order(retryRegionUpdate, { verb: 'retryRegion', region: EU });
      await expect(stage.ends()).resolves.toMatchObject({ outcome: 'rolled-back', reason: { kind: 'breach' } });
    });
  });

  it('is not baked longer: extend says what to do instead', async () => {
    await stuck(async (stage) => {
      const why = `${EU}: stuck, not held; retry, or skip to accept what is left undone`;
      const extended = stage.order(extendBakeUpdate, { verb: 'extendBake' });
      await expect(extended).rejects.toMatchObject({ cause: { message: why } });
      await expect(stage.regionStatus(EU)).resolves.toMatchObject({ phase: 'stuck' });
    });
  });

  it('ends as stuck when a person accepts what is left', async () => {
    await stuck(async (stage) => {
      await stage.order(skipRegionUpdate, { verb: 'skipRegion', region: EU, reason: 'the disk is gone' });
      const { outcome, regions } = await stage.ends();
      expect(outcome).toBe('stuck');
      expect(regions.map((region) => region.outcome)).toEqual(['stuck', 'rolled-back', 'rolled-back']);
      await expect(stage.regionStatus(EU)).resolves.toMatchObject({ notUndone: ['release claims'] });
    });
  });
});
