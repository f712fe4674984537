import type { WorkflowHandle } from '@temporalio/client';
import type { RouteCause } from '../../domain/route';
import { pauseUpdate, resumeUpdate } from '../../workflows/contract';
import { memoryFleet, type FleetChange, type MemoryFleet } from '../support/fleet';
import type { MemoryRegion } from '../support/fleet-region';
import { startTemporal, type Temporal } from '../support/temporal';
import { latch, onStage, untilCancelled, type Overlay, type Stage } from '../support/temporal-stage';

let temporal: Temporal;
beforeAll(async () => (temporal = await startTemporal()));
afterAll(() => temporal?.stop());

const EU = 'eu-north';
const ONE_STEP = { steps: [{ weightPct: 5, bakeMs: 100 }] };
const LEASE_MS = 15_000;
const PATIENCE_MS = 2_000; // calls are counted: no worker that is there seems away beside a loaded processor

type Write = MemoryRegion['router']['write'];

/** Puts something in place of the first write of a kind; what became of each is written down. */
function firstWrite(
  { router }: MemoryRegion,
  cause: RouteCause,
  instead: (write: () => ReturnType<Write>) => ReturnType<Write>,
) {
  const real = router.write.bind(router);
  const became: string[] = [];
  let orders = 0;
  router.write = (model, command) => {
    const write = async () => {
      const before = router.row(model).route.generation;
      const answer = await real(model, command);
      const moved = answer.kind === 'ok' && answer.route.generation !== before;
      became.push(`${command.cause} ${moved ? 'took hold' : answer.kind}`);
      return answer;
    };
    return command.cause === cause && ++orders === 1 ? instead(write) : write();
  };
  return became;
}

/** How each order of a name ended that a workflow gave, in the order given. */
async function fatesOf(handle: WorkflowHandle, name: string): Promise<readonly string[]> {
  const fates = new Map<string, string>();
  for (const event of (await handle.fetchHistory()).events ?? []) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled?.activityType?.name === name) fates.set(String(event.eventId), 'open');
    const ends = {
      'timed out': event.activityTaskTimedOutEventAttributes,
      done: event.activityTaskCompletedEventAttributes,
      failed: event.activityTaskFailedEventAttributes,
    };
    for (const [fate, end] of Object.entries(ends)) {
      const id = String(end?.scheduledEventId);
      if (end && fates.has(id)) fates.set(id, fate);
    }
  }
  return [...fates.values()];
}

async function staged(
  change: FleetChange,
  play: (stage: Stage, fleet: MemoryFleet) => Promise<void>,
  overlay?: Overlay,
) {
  const fleet = await memoryFleet({
    regions: [EU],
    ...change,
    policy: { ...ONE_STEP, patienceMs: PATIENCE_MS, ...change.policy },
  });
  await onStage(temporal, fleet, (stage) => play(stage, fleet), overlay ? { overlay } : {});
}

describe('an order that the gateway does not answer for as long as it lives, on a real server', () => {
  it('is given once more, and shut out where it arrives after that', async () => {
    await staged({}, async (stage, { region }) => {
      const arrives = latch();
      const became = firstWrite(region(EU), 'step', (write) => arrives.opened.then(write));
      await stage.promote();
      await stage.called(`${EU} watch`); // the second has taken hold
      expect(stage.callsOf(EU).filter((call) => call === 'setWeight')).toHaveLength(2);
      arrives.open();
      const { outcome, digest } = await stage.ends();
      expect(outcome).toBe('live');
      expect(became).toEqual(['step took hold', 'step superseded', 'flip took hold']);
      await expect(region(EU).serves()).resolves.toMatchObject({ stable: digest, canary: null });
    });
  });

  it('takes hold once, though only the repeated one is answered', async () => {
    await staged({}, async (stage, { region }) => {
      const over = latch();
      const became = firstWrite(region(EU), 'flip', (write) =>
        write().then((answer) => over.opened.then(() => answer)),
      );
      await stage.promote();
      const { outcome, digest } = await stage.ends().finally(over.open);
      expect(outcome).toBe('live');
      expect(stage.callsOf(EU).filter((call) => call === 'flip')).toHaveLength(2);
      expect(became).toEqual(['step took hold', 'flip took hold', 'flip ok']);
      await expect(region(EU).serves()).resolves.toMatchObject({ stable: digest, canary: null });
    });
  });
});

describe('an order while its region has no worker, on a real server', () => {
  it.each([
    ['setWeight', false],
    ['flip', true],
  ])('is not carried out late but given again: %s', async (name, first) => {
    const loaded = latch();
    const overlay: Overlay = (_where, real) => {
      const load = (input: never) => loaded.opened.then(() => real.load?.(input));
      return 'load' in real ? { ...real, load } : real;
    };
    const epoch = first ? 1 : 2;
    const play = async (stage: Stage) => {
      const order = (verb: 'pause' | 'resume') => {
        const update = verb === 'pause' ? pauseUpdate : resumeUpdate;
        const promotion = stage.promotion(epoch).workflowId;
        return stage.promotion(epoch).executeUpdate(update, { args: [stage.statement('ada', { verb, promotion })] });
      };
      await stage.promote();
      await stage.called(`${EU} load`);
      await order('pause');
      loaded.open();
      await stage.shows(({ regions }) => regions[0]?.phase === 'awaiting', epoch);
      await stage.stop(EU);
      await order('resume');
      await stage.shows(({ regions }) => regions[0]?.unreachableSinceMs != null, epoch);
      await stage.startRegion(EU);
      await expect(stage.ends(epoch)).resolves.toMatchObject({ outcome: 'live' });
      await expect(fatesOf(stage.rollout(EU, epoch), name)).resolves.toEqual(['timed out', 'done']);
      expect(stage.callsOf(EU, 'ping').slice(0, 3)).toEqual(['ping', 'readRoutes', name]);
    };
    await staged({ first }, play, overlay);
  });

  /** The gateway has set the weight, but its worker ends before it can say so; then the region is away. */
  async function halfHeard(whileAway: (region: MemoryRegion) => void) {
    let orders = 0;
    const overlay: Overlay = (where, real) => {
      const setWeight = async (input: never) => {
        const answer = await real.setWeight?.(input);
        return ++orders === 1 ? untilCancelled() : answer;
      };
      return where === EU ? { ...real, setWeight } : real;
    };
    const met = { became: [] as readonly string[], calls: [] as readonly string[] };
    const play = async (stage: Stage, { region }: MemoryFleet) => {
      const set = latch();
      met.became = firstWrite(region(EU), 'step', (write) => write().finally(set.open));
      await stage.promote();
      await set.opened;
      await stage.stop(EU);
      await stage.shows(({ regions }) => regions[0]?.unreachableSinceMs != null);
      whileAway(region(EU));
      await stage.startRegion(EU);
      await expect(stage.ends()).resolves.toMatchObject({ outcome: 'live' });
      met.calls = stage.callsOf(EU, 'ping');
    };
    await staged({}, play, overlay);
    return met;
  }

  it('is given again as our own where it had taken hold before that', async () => {
    const { became, calls } = await halfHeard(() => undefined);
    expect(became).toEqual(['step took hold', 'step took hold', 'flip took hold']);
    expect(calls.slice(0, 4)).toEqual(['ping', 'readRoutes', 'setWeight', 'watch']);
  });

  it('enters the step anew where the lease ran out meanwhile of what had taken hold', async () => {
    const { became, calls } = await halfHeard((region) => void (region.aheadMs += LEASE_MS));
    expect(became).toEqual(['step took hold', 'step took hold', 'flip took hold']);
    expect(calls.slice(0, 5)).toEqual(['ping', 'readRoutes', 'readRoutes', 'setWeight', 'watch']);
  });
});
