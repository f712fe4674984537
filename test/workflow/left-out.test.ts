import { lineId, skipRegionUpdate } from '../../workflows/contract';
import { memoryFleet } from '../support/fleet';
import { startTemporal, type Temporal } from '../support/temporal';
import { onStage, untilCancelled, type Overlay, type Stage } from '../support/temporal-stage';

let temporal: Temporal;
beforeAll(async () => (temporal = await startTemporal()));
afterAll(() => temporal?.stop());

const [EU, US] = ['eu-north', 'us-east'] as const;

/** Offers a digest as a person does who signs a rollback to it. */
async function rollBackTo(stage: Stage, digest: Parameters<Stage['offer']>[0]) {
  const said = { promotion: lineId(stage.fleet.model), verb: 'rollback', digest } as const;
  return stage.offer(digest, { source: 'rollback', ...stage.statement('ada', said) });
}

describe('a region that was left out, on a real server', () => {
  it('is brought to the version of the others by a rollback to it; an offer of it starts nothing', async () => {
    let loads = 0;
    const overlay: Overlay = (where, real) => {
      const load = (input: never) => (loads++ === 0 ? untilCancelled() : real.load?.(input));
      return where === US ? ({ ...real, load } as typeof real) : real;
    };
    const fleet = await memoryFleet({ regions: [EU, US] });
    const play = async (stage: Stage) => {
      const digest = await stage.promote();
      await stage.called(`${US} load`);
      await stage.order(skipRegionUpdate, { verb: 'skipRegion', region: US, reason: 'power works' });
      await expect(stage.ends()).resolves.toMatchObject({ outcome: 'live-partial' });
      await expect(fleet.region(US).serves()).resolves.toMatchObject({ stable: fleet.old.digest });

      await expect(stage.offer(digest)).resolves.toMatchObject({ kind: 'folded', into: 'live' });
      await expect(rollBackTo(stage, digest)).resolves.toMatchObject({ kind: 'started', epoch: 3 });
      await expect(stage.ends(3)).resolves.toMatchObject({ outcome: 'live' });
      for (const id of [EU, US]) {
        await expect(fleet.region(id).serves()).resolves.toMatchObject({ stable: digest, canary: null });
      }
    };
    await onStage(temporal, fleet, play, { overlay });
  });
});
