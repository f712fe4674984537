import { bundleWorkflowCode, DefaultLogger, type WorkflowBundle } from '@temporalio/worker';
import { abortUpdate, skipRegionUpdate } from '../../workflows/contract';
import { memoryFleet, type MemoryFleet } from '../support/fleet';
import { startTemporal, type Temporal } from '../support/temporal';
import { latch, onStage, untilCancelled, until, type Overlay, type Stage } from '../support/temporal-stage';

let temporal: Temporal;
let unheard: WorkflowBundle; // the real workflows, where no promotion hears that a region has ended live
beforeAll(async () => {
  temporal = await startTemporal();
  const workflowsPath = require.resolve('../../workflows/index.ts');
  const workflowInterceptorModules = [require.resolve('./unheard/index.ts')];
  const logger = new DefaultLogger('ERROR');
  unheard = await bundleWorkflowCode({ workflowsPath, workflowInterceptorModules, logger });
}, 120_000);
afterAll(() => temporal?.stop());

const [EU, US] = ['eu-north', 'us-east'] as const;
const fleet = () => memoryFleet({ regions: [EU, US] });

/** One activity of a region that does not begin before the play says so. */
function heldAt(at: string, name: string, also: Parameters<Overlay>[1] = {}) {
  const held = latch();
  const overlay: Overlay = (where, real) => {
    const run = (input: never) => held.opened.then(() => real[name]?.(input));
    return where === at ? { ...real, ...also, [name]: run } : real;
  };
  return { overlay, open: held.open };
}

/** The promotion is terminated, and the line has looked twice at what it left. */
async function terminated(stage: Stage): Promise<void> {
  await stage.promotion().terminate('by mistake');
  const looks = stage.callsOf('control').filter((call) => call === 'leftBy').length;
  await stage.called('control leftBy', looks + 2);
}

/** The lane is free for the next version, and what was committed stands. */
async function expectEnded({ model, push, manifest }: MemoryFleet, stage: Stage, outcome: string): Promise<void> {
  const { live, denied, history } = await until(
    'the lane is free',
    () => stage.lineState(),
    ({ current }) => current === null,
  );
  const { digest } = await stage.status();
  expect({ live, denied, history }).toEqual({ live: digest, denied: {}, history: [{ digest, epoch: 2, outcome }] });
  const record = async () => (await manifest.promotions({ model, limit: 1 }))[0];
  await until('its end is recorded', record, (it) => it?.outcome !== null);
  await expect(record()).resolves.toMatchObject({ epoch: 2, outcome, reason: null });
  await expect(stage.offer(await push('v3'))).resolves.toMatchObject({ kind: 'started', epoch: 3 });
}

describe('a promotion that somebody terminated after its commit, on a real server', () => {
  it('has ended live, and a region that still cleans up stays live', async () => {
    const memory = await fleet();
    const { overlay, open } = heldAt(US, 'finalizeRegion');
    const play = async (stage: Stage) => {
      const digest = await memory.push('v2');
      await stage.offer(digest);
      await stage.called(`${US} finalizeRegion`);
      await terminated(stage);
      await expect(stage.lineState()).resolves.toMatchObject({ current: { epoch: 2 } });
      open();
      await expect(stage.rollout(US).result()).resolves.toBe('live');
      for (const id of [EU, US]) await expect(memory.region(id).serves()).resolves.toMatchObject({ stable: digest });
      await expectEnded(memory, stage, 'live');
    };
    await onStage(temporal, memory, play, { overlay, workflowBundle: unheard });
  });

  it('has ended live in part, once the region that a person left out is back', async () => {
    const memory = await fleet();
    const { overlay, open } = heldAt(US, 'releaseClaims', { load: untilCancelled });
    const play = async (stage: Stage) => {
      const digest = await memory.push('v2');
      await stage.offer(digest);
      await stage.called(`${US} load`);
      await stage.order(skipRegionUpdate, { verb: 'skipRegion', region: US, reason: 'power works' });
      await stage.shows(({ committed, regions }) => committed && regions[0]?.outcome === 'live');
      await terminated(stage);
      await expect(stage.lineState()).resolves.toMatchObject({ current: { epoch: 2 } });
      open();
      await expect(stage.rollout(US).result()).resolves.toBe('skipped');
      await expect(memory.region(EU).serves()).resolves.toMatchObject({ stable: digest });
      await expect(memory.region(US).serves()).resolves.toMatchObject({ stable: memory.old.digest });
      await expectEnded(memory, stage, 'live-partial');
    };
    await onStage(temporal, memory, play, { overlay });
  });
});

describe('an abort that comes after the commit, on a real server', () => {
  it('is refused, and says what leads back', async () => {
    const play = async (stage: Stage) => {
      await stage.promote();
      await stage.shows(({ committed }) => committed); // and stays so: nobody hears that the regions have ended
      const aborted = stage.order(abortUpdate, { verb: 'abort', reason: 'too late' });
      await expect(aborted).rejects.toMatchObject({ cause: { message: 'committed; use `meridian rollback`' } });
      await expect(stage.status()).resolves.toMatchObject({ committed: true, outcome: null, reason: null });
    };
    await onStage(temporal, await fleet(), play, { workflowBundle: unheard });
  });
});
