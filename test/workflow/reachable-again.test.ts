import { memoryFleet, type MemoryFleet } from '../support/fleet';
import { startTemporal, type Temporal } from '../support/temporal';
import { latch, onStage, until, type Overlay, type Stage } from '../support/temporal-stage';

let temporal: Temporal;
beforeAll(async () => (temporal = await startTemporal()));
afterAll(() => temporal?.stop());

const EU = 'eu-north';

describe('a region whose worker is back', () => {
  it('is not shown as unreachable while its work goes on, however long that takes', async () => {
    const fenced = latch();
    const overlay: Overlay = (where, real) => {
      const fenceRegion = async (input: never) => fenced.opened.then(() => real.fenceRegion?.(input));
      return where === EU ? { ...real, fenceRegion } : real;
    };
    const play = async (stage: Stage, { push }: MemoryFleet) => {
      await stage.stop(EU);
      await stage.offer(await push('v2'));
      await until(
        'it is shown as unreachable',
        () => stage.regionStatus(EU),
        ({ unreachableSinceMs }) => unreachableSinceMs !== null,
      );
      await stage.startRegion(EU);
      await stage.called(`${EU} fenceRegion`);
      await stage.shows(({ regions }) => regions[0]?.unreachableSinceMs === null).finally(fenced.open);
      await expect(stage.ends()).resolves.toMatchObject({ outcome: 'live' });
    };
    const fleet = await memoryFleet({ regions: [EU, 'us-east'], policy: { patienceMs: 1_000 } });
    await onStage(temporal, fleet, (stage) => play(stage, fleet), { overlay });
  });
});
