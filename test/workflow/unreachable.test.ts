import { abortUpdate, skipRegionUpdate } from '../../workflows/contract';
import type { DeadlinePolicy, ModelPolicy } from '../../domain/model-policy';
import { memoryFleet, type MemoryFleet } from '../support/fleet';
import { startTemporal, type Temporal } from '../support/temporal';
import { latch, onStage, type Overlay, type Stage } from '../support/temporal-stage';

const WINDOW_MS = 15_000; // three times what the other regions need to go live beside a loaded processor
const PATIENCE_MS = 2_000; // so that no region with a worker seems away beside one

let temporal: Temporal;
beforeAll(async () => (temporal = await startTemporal()));
afterAll(() => temporal?.stop());

type Play = (stage: Stage, fleet: MemoryFleet) => Promise<void>;

/** The worker of one region ends once the plan is made, before the first wave; then the play begins. */
async function without(
  silent: string,
  policy: { readonly windowMs: number; readonly deadline: DeadlinePolicy },
  play: Play,
): Promise<void> {
  await after((stage) => stage.stop(silent), policy, play);
}

/** Something happens once the plan is made, before the first wave; then the play begins. */
async function after(
  happens: (stage: Stage) => Promise<void>,
  policy: Partial<ModelPolicy>,
  play: Play,
): Promise<void> {
  const gone = latch();
  const overlay: Overlay = (where, real) => {
    const upload = async (input: never) => {
      await gone.opened;
      return real.upload?.(input);
    };
    return where === 'control' ? { ...real, upload } : real;
  };
  const fleet = await memoryFleet({ policy: { patienceMs: PATIENCE_MS, ...policy } });
  const begun = async (stage: Stage) => {
    await stage.promote();
    await stage.called('control upload');
    await happens(stage);
    gone.open();
    await play(stage, fleet);
  };
  await onStage(temporal, fleet, begun, { overlay });
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

describe('a region whose accelerator has no worker, on a real server', () => {
  const [EU, LATE] = ['eu-north', 'ap-south'] as const;

  it('is shown in `validating` with since-when, keeps no other waiting, and goes on once it is there', async () => {
    await after(
      (stage) => stage.stopGpu(EU),
      {},
      async (stage, { old, region }) => {
        const { regions } = await stage.shows(
          (status) => status.regions.map(({ phase }) => phase).join() === 'validating,live,live',
        );
        expect(regions.map(({ unreachableSinceMs }) => unreachableSinceMs)).toEqual([expect.any(Number), null, null]);
        expect(stage.callsOf(EU).at(-1)).toBe('load'); // its own worker is there, and has nothing to do
        await expect(region(EU).serves()).resolves.toMatchObject({ stable: old.digest, canary: null });
        await stage.startGpu(EU);
        const status = await stage.ends();
        expect(status).toMatchObject({ outcome: 'live', committed: true });
        expect(status.regions.map(({ unreachableSinceMs }) => unreachableSinceMs)).toEqual([null, null, null]);
        expect(stage.callsOf(EU, 'load').slice(0, 4)).toEqual(['load', 'ping', 'validate', 'setWeight']);
      },
    );
  });

  it('goes back at once when somebody aborts meanwhile, by the worker that is there', async () => {
    await after(
      (stage) => stage.stopGpu(LATE),
      {},
      async (stage, { old, region }) => {
        await stage.shows((status) => status.regions.map(({ phase }) => phase).join() === 'live,live,validating');
        await stage.shows(({ regions }) => regions[2]?.unreachableSinceMs != null);
        await stage.order(abortUpdate, { verb: 'abort' });
        await expect(stage.ends()).resolves.toMatchObject({ outcome: 'rolled-back', reason: { kind: 'aborted' } });
        expect(stage.callsOf(LATE, 'load').join(' ')).toBe('load unload releaseClaims');
        await expect(region(LATE).serves()).resolves.toMatchObject({ stable: old.digest, current: old.digest });
      },
    );
  });
});
