import { skipRegionUpdate } from '../../workflows/contract';
import type { DeadlinePolicy } from '../../domain/model-policy';
import { memoryFleet, type MemoryFleet } from '../support/fleet';
import { startTemporal, type Temporal } from '../support/temporal';
import { latch, onStage, type Overlay, type Stage } from '../support/temporal-stage';

const WINDOW_MS = 15_000; // three times what the other regions need to go live beside a loaded processor

let temporal: Temporal;
beforeAll(async () => (temporal = await startTemporal()));
afterAll(() => temporal?.stop());

/** The worker of one region ends once the plan is made, before the first wave; then the play begins. */
async function without(
  silent: string,
  policy: { readonly windowMs: number; readonly deadline: DeadlinePolicy },
  play: (stage: Stage, fleet: MemoryFleet) => Promise<void>,
): Promise<void> {
  const gone = latch();
  const overlay: Overlay = (where, real) => {
    const upload = async (input: never) => {
      await gone.opened;
      return real.upload?.(input);
    };
    return where === 'control' ? { ...real, upload } : real;
  };
  const fleet = await memoryFleet({ policy });
  const silenced = async (stage: Stage) => {
    await stage.promote();
    await stage.called('control upload');
    await stage.stop(silent);
    gone.open();
    await play(stage, fleet);
  };
  await onStage(temporal, fleet, silenced, { overlay });
}

describe('a region without a worker, on a real server', () => {
  it('is shown with since-when, and the promotion ends live once it is back', async () => {
    await without('ap-south', { windowMs: 60_000, deadline: 'hold' }, async (stage) => {
      const { regions } = await stage.shows((status) => status.regions[2]?.unreachableSinceMs !== null);
      expect(regions[2]).toMatchObject({ phase: 'reserving', outcome: null });
      await stage.startRegion('ap-south');
      const status = await stage.ends();
      expect(status.outcome).toBe('live');
      expect(status.regions[2]).toMatchObject({ outcome: 'live', unreachableSinceMs: null });
    });
  });

  it('does not keep the next wave from starting', async () => {
    await without('eu-north', { windowMs: 60_000, deadline: 'hold' }, async (stage) => {
      await stage.shows(({ regions }) => regions.map(({ phase }) => phase).join() === 'reserving,live,live');
      await stage.startRegion('eu-north');
      await expect(stage.ends()).resolves.toMatchObject({ outcome: 'live' });
    });
  });

  it('holds the promotion at the deadline until a person leaves it out', async () => {
    await without('ap-south', { windowMs: WINDOW_MS, deadline: 'hold' }, async (stage, { notifier, region }) => {
      const { waitsFor, phase } = await stage.shows((status) => status.waitsFor.includes('the window is over'));
      expect(phase).toBe('held');
      expect(waitsFor).toBe('a person to abort, to skip or to wait: the window is over and ap-south is reserving');
      await stage.order(skipRegionUpdate, { verb: 'skipRegion', region: 'ap-south', reason: 'the site is dark' });
      const status = await stage.ends();
      expect(notifier.notices.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['unreachable', 'held']));
      expect(status.outcome).toBe('live-partial');
      expect(status.regions[2]).toMatchObject({ outcome: 'skipped' });
      await expect(region('ap-south').serves()).resolves.toMatchObject({ stable: stage.fleet.old.digest });
    });
  });

  it('takes the promotion back at the deadline where the policy says so', async () => {
    await without('ap-south', { windowMs: WINDOW_MS, deadline: 'rollBack' }, async (stage, { regions, old }) => {
      const { outcome, reason } = await stage.ends();
      expect({ outcome, reason }).toEqual({
        outcome: 'rolled-back',
        reason: { kind: 'deadline', text: 'the window is over and ap-south is reserving' },
      });
      for (const region of regions.values()) {
        await expect(region.serves()).resolves.toMatchObject({ stable: old.digest, current: old.digest });
      }
    });
  });

  it('is left out at the deadline where the policy is to proceed', async () => {
    await without('ap-south', { windowMs: WINDOW_MS, deadline: 'proceed' }, async (stage, { old, region }) => {
      const status = await stage.ends();
      expect(status).toMatchObject({ outcome: 'live-partial', committed: true });
      expect(status.regions.map(({ outcome }) => outcome)).toEqual(['live', 'live', 'skipped']);
      await expect(region('us-east').serves()).resolves.toMatchObject({ stable: status.digest });
      await expect(region('ap-south').serves()).resolves.toMatchObject({ stable: old.digest });
    });
  });
});
