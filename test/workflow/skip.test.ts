import { abortUpdate, pauseUpdate, skipRegionUpdate } from '../../workflows/contract';
import { memoryFleet } from '../support/fleet';
import { startTemporal, type Temporal } from '../support/temporal';
import { latch, onStage, untilCancelled, type Overlay, type Stage } from '../support/temporal-stage';

let temporal: Temporal;
beforeAll(async () => (temporal = await startTemporal()));
afterAll(() => temporal?.stop());

const [EU, US] = ['eu-north', 'us-east'] as const;
const skip = (stage: Stage, region: string) =>
  stage.order(skipRegionUpdate, { verb: 'skipRegion', region, reason: 'power works' });
const loadsForEver: Overlay = (where, real) => (where === US ? { ...real, load: untilCancelled } : real);

describe('a skip, on a real server', () => {
  it('is refused where the region serves the new version, though the promotion has not heard so yet', async () => {
    const fleet = await memoryFleet({ regions: [EU], policy: { flipBakeMs: 600_000 } });
    await onStage(temporal, fleet, async (stage) => {
      await stage.promote();
      await stage.reaches(EU, 'baking');
      expect((await stage.status()).regions[0]?.phase).not.toBe('baking');
      const refused = { cause: { message: `${EU} serves the new version; abort instead` } };
      await expect(skip(stage, EU)).rejects.toMatchObject(refused);
      await expect(stage.regionStatus(EU)).resolves.toMatchObject({ phase: 'baking', weightPct: 100 });
      await stage.order(abortUpdate, { verb: 'abort' });
      await expect(stage.ends()).resolves.toMatchObject({ outcome: 'rolled-back', reason: { kind: 'aborted' } });
    });
  });

  it('leaves a region out that gets nowhere, and the others go live', async () => {
    const play = async (stage: Stage) => {
      await stage.promote();
      await stage.called(`${US} load`);
      await expect(skip(stage, US)).resolves.toBe(`${US} skipped by ada`);
      const { outcome, regions } = await stage.ends();
      expect([outcome, ...regions.map((region) => region.outcome)]).toEqual(['live-partial', 'live', 'skipped']);
    };
    await onStage(temporal, await memoryFleet({ regions: [EU, US] }), play, { overlay: loadsForEver });
  });

  it('leaves a region out before its wave starts, and nothing begins there', async () => {
    const fleet = await memoryFleet({ regions: [EU, US], policy: { flipBakeMs: 2_000 } });
    await onStage(temporal, fleet, async (stage) => {
      await stage.promote();
      await stage.reaches(EU, 'baking');
      await expect(skip(stage, US)).resolves.toBe(`${US} skipped by ada`);
      const { outcome, regions } = await stage.ends();
      expect([outcome, ...regions.map((region) => region.outcome)]).toEqual(['live-partial', 'live', 'skipped']);
      expect(stage.callsOf(US).filter((call) => call !== 'takeInventory')).toEqual([]);
    });
  });

  it('leaves out a region whose rollout somebody terminated', async () => {
    const play = async (stage: Stage) => {
      await stage.promote();
      await stage.called(`${US} load`);
      await stage.rollout(US).terminate('by mistake');
      await expect(skip(stage, US)).resolves.toBe(`${US} skipped by ada`);
      const { outcome, regions } = await stage.ends();
      expect([outcome, ...regions.map((region) => region.outcome)]).toEqual(['live-partial', 'live', 'skipped']);
      expect(regions.find(({ region }) => region === US)?.reason?.text).toContain('its rollout was terminated');
    };
    await onStage(temporal, await memoryFleet({ regions: [EU, US] }), play, { overlay: loadsForEver });
  });
});

describe('a pause while a wave is written down, on a real server', () => {
  it('starts none of its regions', async () => {
    const written = latch();
    const overlay: Overlay = (_where, real) => {
      const recordEvent = async (input: { readonly key: string }) => {
        if (input.key.endsWith('/wave-2')) await written.opened;
        return real.recordEvent?.(input as never);
      };
      return { ...real, recordEvent } as typeof real;
    };
    const play = async (stage: Stage) => {
      await stage.promote();
      await stage.shows(({ wave }) => wave === 2);
      await stage.order(pauseUpdate, { verb: 'pause' });
      written.open();
      await stage.shows(({ waitsFor }) => waitsFor === 'an operator to resume');
      await stage.order(abortUpdate, { verb: 'abort' });
      const { outcome, regions } = await stage.ends();
      expect([outcome, ...regions.map(({ phase }) => phase)]).toEqual(['rolled-back', 'ended', 'pending']);
    };
    await onStage(temporal, await memoryFleet({ regions: [EU, US] }), play, { overlay });
  });
});
