import type { WatchInput } from '../../activities/watch';
import { abortUpdate, pauseUpdate, resumeUpdate } from '../../workflows/contract';
import { memoryFleet, type MemoryFleet } from '../support/fleet';
import { startTemporal, type Temporal } from '../support/temporal';
import { latch, onStage, untilCancelled, type Overlay, type Stage } from '../support/temporal-stage';

let temporal: Temporal;
beforeAll(async () => (temporal = await startTemporal()));
afterAll(() => temporal?.stop());

const abort = (stage: Stage) => stage.order(abortUpdate, { verb: 'abort', reason: 'wrong version' });
const ABORTED = { outcome: 'rolled-back', reason: { kind: 'aborted', text: 'ada: wrong version' }, committed: false };
const LONG_CANARY = { steps: [{ weightPct: 5, bakeMs: 600_000 }] };

/** In place of one activity at one place: waits until it is cancelled. */
const stall =
  (at: string, name: string): Overlay =>
  (where, real) =>
    where === at ? { ...real, [name]: untilCancelled } : real;

async function expectAsFound(fleet: MemoryFleet): Promise<void> {
  const { digest } = fleet.old;
  for (const region of fleet.regions.values()) {
    await expect(region.serves()).resolves.toMatchObject({ stable: digest, canary: null, current: digest });
    expect((await region.serves()).loaded).toHaveLength(1);
  }
}

describe('an abort, on a real server', () => {
  it('ends a promotion that is still uploading, with no region touched', async () => {
    const fleet = await memoryFleet();
    const play = async (stage: Stage) => {
      await stage.promote();
      await stage.called('control upload');
      await expect(abort(stage)).resolves.toBe('aborted by ada: every region is on its way back');
      await expect(stage.ends()).resolves.toMatchObject({ ...ABORTED, timeToSafeMs: 0 });
      expect(stage.calls.filter((call) => call.endsWith(' fenceRegion'))).toEqual([]);
      await expectAsFound(fleet);
    };
    await onStage(temporal, fleet, play, { overlay: stall('control', 'upload') });
  });

  it('drops a canary, and starts no forward work once it has answered', async () => {
    const fleet = await memoryFleet({ policy: LONG_CANARY });
    await onStage(temporal, fleet, async (stage) => {
      await stage.promote();
      await stage.called('eu-north watch');
      await abort(stage);
      const answered = stage.calls.length;
      const status = await stage.ends();
      expect(status).toMatchObject(ABORTED);
      expect(status.timeToSafeMs).toBeGreaterThanOrEqual(0);
      const after = stage.calls.slice(answered).filter((call) => call.startsWith('eu-north'));
      expect(after.every((call) => /restoreRoute|unload|releaseClaims/.test(call))).toBe(true);
      expect(stage.callsOf('eu-north', 'restoreRoute').join(' ')).toBe(
        'restoreRoute restoreRoute unload releaseClaims',
      );
      await expectAsFound(fleet);
    });
  });

  it('is what cancelling the workflow does, too', async () => {
    const fleet = await memoryFleet({ policy: LONG_CANARY });
    await onStage(temporal, fleet, async (stage) => {
      await stage.promote();
      await stage.called('eu-north watch');
      await stage.promotion().cancel();
      await expect(stage.ends()).resolves.toMatchObject({ outcome: 'rolled-back', reason: { kind: 'aborted' } });
      await expectAsFound(fleet);
      await expect(stage.lineState()).resolves.toMatchObject({ current: null });
    });
  });

  it('takes a region back that waits at a gate', async () => {
    const scope = { kind: 'region', region: 'eu-north' as never } as const;
    const fleet = await memoryFleet({ policy: { gates: [{ id: 'board', before: 'flip', scope, quorum: 1 }] } });
    await onStage(temporal, fleet, async (stage) => {
      await stage.promote();
      await stage.shows(({ waitsFor }) => waitsFor.startsWith('gate board'));
      await abort(stage);
      await expect(stage.ends()).resolves.toMatchObject(ABORTED);
      await expectAsFound(fleet);
    });
  });

  it('takes a live region back while another still loads', async () => {
    const fleet = await memoryFleet();
    const play = async (stage: Stage) => {
      await stage.promote();
      await stage.called('ap-south load');
      await stage.reaches('us-east', 'live');
      await abort(stage);
      await expect(stage.ends()).resolves.toMatchObject(ABORTED);
      await expectAsFound(fleet);
    };
    await onStage(temporal, fleet, play, { overlay: stall('ap-south', 'load') });
  });

  it('waits for the region that is cut off, and says since when', async () => {
    const fleet = await memoryFleet({ regions: ['eu-north'], policy: { ...LONG_CANARY, patienceMs: 1_000 } });
    await onStage(temporal, fleet, async (stage) => {
      await stage.promote();
      await stage.called('eu-north watch');
      await stage.stop('eu-north');
      await abort(stage);
      await stage.shows(({ regions }) => regions[0]?.unreachableSinceMs !== null);
      await stage.startRegion('eu-north');
      await expect(stage.ends()).resolves.toMatchObject(ABORTED);
      await expectAsFound(fleet);
    });
  });

  it('takes everything back while the last looks before the commit are taken', async () => {
    const isLastLook = ({ weightPct, bakeMs }: WatchInput) => weightPct === 100 && bakeMs === 50;
    const overlay: Overlay = (where, real) => {
      const watch = (input: never) => (isLastLook(input) ? untilCancelled() : real.watch?.(input));
      return where === 'us-east' ? ({ ...real, watch } as typeof real) : real;
    };
    const fleet = await memoryFleet();
    const play = async (stage: Stage) => {
      await stage.promote();
      await stage.shows(({ phase }) => phase === 'committing');
      await abort(stage);
      await expect(stage.ends()).resolves.toMatchObject(ABORTED);
      await expectAsFound(fleet);
    };
    await onStage(temporal, fleet, play, { overlay });
  });
});

describe('a promotion of more regions than it tells by itself, on a real server', () => {
  const regions = Array.from({ length: 7 }, (_, at) => `region-${at + 1}`);

  it('goes live everywhere', async () => {
    const fleet = await memoryFleet({ regions });
    await onStage(temporal, fleet, async (stage) => {
      const digest = await stage.promote();
      await expect(stage.ends()).resolves.toMatchObject({ outcome: 'live' });
      for (const region of fleet.regions.values())
        await expect(region.serves()).resolves.toMatchObject({ stable: digest });
    });
  });

  it('is steered all the same: a pause, its end, and an abort that finds every region', async () => {
    const fleet = await memoryFleet({ regions });
    const play = async (stage: Stage) => {
      await stage.promote();
      await stage.called('region-7 load');
      await stage.order(pauseUpdate, { verb: 'pause' });
      const isPaused = (phase: string) => phase === 'awaiting' || phase === 'live';
      await stage.shows((status) => status.regions.filter(({ phase }) => isPaused(phase)).length === 6);
      await stage.order(resumeUpdate, { verb: 'resume' });
      await stage.shows((status) => status.regions.filter(({ phase }) => phase === 'live').length === 6);
      await abort(stage);
      await expect(stage.ends()).resolves.toMatchObject(ABORTED);
      await expectAsFound(fleet);
    };
    await onStage(temporal, fleet, play, { overlay: stall('region-7', 'load') });
  });
});

describe('a pause, on a real server', () => {
  it('stops what would advance, and goes on where it was', async () => {
    const held = latch();
    const overlay: Overlay = (where, real) => {
      const load = async (input: never) => {
        await held.opened;
        return real.load?.(input);
      };
      return where === 'eu-north' ? { ...real, load } : real;
    };
    const play = async (stage: Stage) => {
      await stage.promote();
      await stage.called('eu-north load');
      await stage.order(pauseUpdate, { verb: 'pause' });
      held.open();
      await expect(stage.reaches('eu-north', 'awaiting')).resolves.toMatchObject({ waitsFor: 'an operator to resume' });
      expect(stage.callsOf('eu-north').at(-1)).toBe('validate');
      await stage.order(resumeUpdate, { verb: 'resume' });
      await expect(stage.ends()).resolves.toMatchObject({ outcome: 'live', paused: false });
    };
    await onStage(temporal, await memoryFleet({ regions: ['eu-north'] }), play, { overlay });
  });
});
