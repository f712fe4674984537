import { fencePointer } from '../../distribution';
import { Failure } from '../../domain/failures';
import * as contract from '../../workflows/contract';
import type { MemoryFleet } from '../support/fleet';
import { memoryFleet } from '../support/fleet';
import { keepHistory } from '../support/histories';
import { startTemporal, type Temporal } from '../support/temporal';
import { latch, onStage, until, type Overlay, type Stage } from '../support/temporal-stage';
import { AP, EU, LONG, scene, STEPS } from './scene';

// The rarer paths; see scene.ts.
const MANY = ['eu-north', 'eu-west', 'eu-south', 'us-east', 'us-west', 'ap-north', 'ap-south']; // more than a workflow tells by itself
const SHORT_LEASE = { leaseMs: 1_000 };

let temporal: Temporal;
beforeAll(async () => (temporal = await startTemporal()));
afterAll(() => temporal?.stop());

/** The plan is made, and no wave has begun: `play` takes its time. */
function beforeWaves(play: (stage: Stage) => Promise<void>): { readonly overlay: Overlay; readonly begin: Play } {
  const ready = latch();
  const overlay: Overlay = (where, real) => {
    const upload = (input: never) => ready.opened.then(() => real.upload?.(input));
    return where === 'control' ? { ...real, upload } : real;
  };
  const begin = async (stage: Stage) => {
    await stage.promote();
    await stage.called('control upload');
    await play(stage);
    ready.open();
  };
  return { overlay, begin };
}
type Play = (stage: Stage) => Promise<void>;

/** Another hub's promotion takes the region over. */
async function takeOver({ model, region }: MemoryFleet, epoch: number): Promise<void> {
  const token = { epoch, seq: 1, attempt: 1 };
  await region(EU).router.fence(model, { token, rollout: contract.rolloutId(model, epoch, region(EU).regionId) });
  await fencePointer(region(EU).store, model, token, Date.now());
}

describe('the histories', () => {
  it('keeps a rollout that a newer epoch supersedes', async () => {
    await scene(temporal, 'superseded', { regions: [EU], policy: LONG }, async (stage, fleet) => {
      await stage.promote();
      await stage.called(`${EU} watch`);
      await takeOver(fleet, 9);
    });
  });

  it('keeps a pause and a resume', async () => {
    const policy = { steps: [{ weightPct: 5, bakeMs: 1_000 }] };
    await scene(temporal, 'paused', { regions: [EU], policy }, async (stage) => {
      await stage.promote();
      await stage.called(`${EU} watch`);
      await stage.order(contract.pauseUpdate, { verb: 'pause' });
      await stage.reaches(EU, 'awaiting');
      await stage.order(contract.resumeUpdate, { verb: 'resume' });
    });
  });

  it('keeps a first version', async () => {
    await scene(temporal, 'first', { regions: [EU], first: true }, async (stage) => void (await stage.promote()));
  });

  it('keeps a rollback to a version that was live here, without validation and canary', async () => {
    await scene(temporal, 'fast-track', { regions: [EU], epoch: 4 }, async (stage, { push, model }) => {
      const [v2, v3] = [await push('v2'), await push('v3')];
      for (const [index, version] of [v2, v3].entries()) {
        await stage.offer(version);
        await stage.ends(index + 2);
      }
      const said = { verb: 'rollback' as const, promotion: contract.lineId(model), digest: v2 };
      await stage.offer(v2, { source: 'rollback', ...stage.statement('ada', said) });
    });
  });

  it('keeps a promotion that its deadline takes back', async () => {
    const { overlay, begin } = beforeWaves((stage) => stage.stop(AP));
    const policy = { windowMs: 8_000, deadline: 'rollBack' } as const;
    await scene(temporal, 'late', { overlay, policy }, async (stage) => {
      await begin(stage);
      await stage.shows(({ reason }) => reason?.kind === 'deadline');
      await stage.startRegion(AP);
    });
  });

  it('keeps a region that is unreachable for a while', async () => {
    const { overlay, begin } = beforeWaves((stage) => stage.stop(AP));
    await scene(temporal, 'unreachable', { overlay, keeps: [AP] }, async (stage) => {
      await begin(stage);
      await stage.shows(({ regions }) => regions[1]?.unreachableSinceMs !== null);
      await stage.startRegion(AP);
    });
  });

  it('keeps a canary whose lease lapses, and is entered again', async () => {
    let fleet: MemoryFleet | undefined;
    let late = true;
    const gone = () =>
      until(
        'the canary is gone',
        async () => fleet?.region(EU).router.row(fleet.model).route.canary,
        (it) => !it,
      );
    const overlay: Overlay = (where, real) => {
      const watch = async (input: never) => {
        if (late) await gone();
        late = false;
        return real.watch?.(input);
      };
      return where === EU ? { ...real, watch } : real;
    };
    await scene(temporal, 'lapsed', { regions: [EU], overlay, policy: SHORT_LEASE }, async (stage, its) => {
      fleet = its;
      await stage.promote();
    });
  });

  it('keeps a canary whose counters cannot be read for a while', async () => {
    await scene(temporal, 'blind', { regions: [EU], policy: SHORT_LEASE }, async (stage, { region }) => {
      const { metrics } = region(EU);
      const counters = metrics.counters.bind(metrics);
      metrics.counters = () => Promise.reject(new Failure('MetricsUnavailable', 'no counters'));
      await stage.promote();
      await stage.called(`${EU} awaitCounters`);
      metrics.counters = counters;
    });
  });

  it('keeps what a terminated promotion leaves, and the line that takes it back', async () => {
    await scene(temporal, 'terminated', { regions: [EU], policy: LONG }, async (stage, { push }) => {
      await stage.offer(await push('v2'));
      await stage.called(`${EU} watch`);
      await stage.promotion().terminate('by mistake');
      await until(
        'the lane is free',
        () => stage.lineState(),
        ({ current }) => current === null,
      );
      await keepHistory('modelLine', 'terminated', stage.line);
    });
  });

  it('keeps the children of a promotion to many regions', async () => {
    const policy = { waves: [] };
    await scene(temporal, 'many', { regions: MANY, policy }, async (stage, { model }) => {
      await stage.promote();
      await stage.ends();
      const { workflow } = temporal.client;
      await keepHistory('surveyRegions', 'many', workflow.getHandle(contract.surveyId(model, 1, 1)));
      await keepHistory('startRollouts', 'many', workflow.getHandle(contract.fanOutId(model, 2, 1)));
      await keepHistory('tellRollouts', 'many', workflow.getHandle(contract.fanOutId(model, 2, 2)));
    });
  });

  it('keeps a poll of a registry', async () => {
    const fleet = await memoryFleet({ regions: [EU], policy: { steps: STEPS } });
    const { model } = fleet;
    await onStage(temporal, fleet, async (stage) => {
      const options = { workflowId: `watch/${model}`, taskQueue: contract.CONTROL_QUEUE, args: [{ models: [model] }] };
      const polled = await temporal.client.workflow.start('registryWatch', options);
      await polled.result();
      await keepHistory('registryWatch', 'polled', polled);
      expect(stage.calls).toContain('control pollRegistry');
    });
  });
});
