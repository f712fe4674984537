import { Failure } from '../../domain/failures';
import type { Fleet } from '../../domain/fleet';
import { servedName } from '../../domain/ids';
import { lineId, planUpdate } from '../../workflows/contract';
import { memoryFleet, type MemoryFleet } from '../support/fleet';
import { startTemporal, type Temporal } from '../support/temporal';
import { onStage, until, type Stage } from '../support/temporal-stage';

let temporal: Temporal;
beforeAll(async () => (temporal = await startTemporal()));
afterAll(() => temporal?.stop());

const EU = 'eu-north';
const WORDS = 'registry http://registry.hub does not answer: check that it runs';

/** Nobody can ask the registry of the fleet any more. */
function takeAway(fleet: MemoryFleet, stage: Stage): void {
  const registry = fleet.controlPorts(stage.engine).registryOf({} as Fleet);
  const away = () => Promise.reject(new Failure('RegistryUnavailable', WORDS));
  Object.assign(registry, { resolve: away, manifest: away });
}

async function play(run: (stage: Stage, fleet: MemoryFleet) => Promise<void>): Promise<void> {
  const fleet = await memoryFleet({ regions: [EU] });
  await onStage(temporal, fleet, (stage) => run(stage, fleet));
}

describe('while the registry does not answer', () => {
  it('a rollback goes its way, from what the hub holds', async () => {
    await play(async (stage, fleet) => {
      const { push, region, model } = fleet;
      const [v2, v3] = [await push('v2'), await push('v3')];
      for (const [at, version] of [v2, v3].entries()) {
        await stage.offer(version);
        await expect(stage.ends(at + 2)).resolves.toMatchObject({ outcome: 'live' });
      }
      await until(
        'the line knows',
        () => stage.lineState(),
        ({ live }) => live === v3,
      );
      takeAway(fleet, stage);
      const said = { verb: 'rollback' as const, promotion: lineId(model), digest: v2 };
      const answer = await stage.offer(v2, { source: 'rollback', ...stage.statement('ada', said) });
      expect(answer).toMatchObject({ kind: 'started', epoch: 4 });
      await expect(stage.ends(4)).resolves.toMatchObject({ outcome: 'live', digest: v2 });
      const { current, loaded } = await region(EU).serves();
      expect(current).toBe(v2);
      expect(loaded).toContain(servedName(model, v2));
    });
  });

  it('a person who plans or starts what the hub does not hold reads within seconds which part it is', async () => {
    await play(async (stage, fleet) => {
      const { push, old, model } = fleet;
      await stage.offer(old.digest);
      const digest = await push('v2');
      await stage.ends();
      takeAway(fleet, stage);
      const asked = stage.line.executeUpdate(planUpdate, { args: [{ digest }] }).catch((err: unknown) => err);
      const said = { verb: 'start' as const, promotion: lineId(model), digest, planHash: `sha256:${'0'.repeat(64)}` };
      const started = stage.offer(digest, { source: 'operator', ...stage.statement('ada', said) });
      await expect(started).resolves.toEqual({ kind: 'refused', why: expect.stringMatching(WORDS) as string });
      await expect(asked).resolves.toMatchObject({ cause: { cause: { type: 'RegistryUnavailable', message: WORDS } } });
      expect((await stage.lineState()).denied).toEqual({});
    });
  });
});
