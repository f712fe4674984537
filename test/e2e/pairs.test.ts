import { setTimeout as pause } from 'node:timers/promises';
import { Stage } from '../support/stack';
import { everywhere, given, servedIn, when } from '../support/stack-steps';

const EU = 'eu-north';
const AWAY_MS = 2_000; // long enough for a hundred requests to meet the gap

describe('the engine, in regions with two gateways and two runtimes', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open({ copies: 2, policy: { steps: [{ weightPct: 50, bake: '6s' }] } });
    await given(stage).liveEverywhere();
  }, 240_000);
  afterAll(() => stage?.close(), 60_000);

  it.each([`${EU} runtime 2`, `${EU} gateway 2`])(
    'fails at most the requests that %s had in flight when it was killed in a canary, and brings every region live',
    async (name) => {
      const { traffic } = stage;
      const promotion = await given(stage).promotion();
      await promotion.reached(EU, 'canary');
      const answered = traffic.answers;
      const { atMs, goneMs, startAgain } = await stage.kill(name);
      await pause(AWAY_MS);
      await startAgain();

      expect((await promotion.ended()).status).toMatchObject({ outcome: 'live' });
      expect(await servedIn(stage)).toEqual(everywhere(promotion.digest));
      await traffic.settled();
      const isInFlight = ({ region, sentAtMs, endedAtMs }: (typeof traffic.failed)[number]) =>
        region === EU && sentAtMs <= goneMs && endedAtMs >= atMs;
      expect(traffic.failed.filter((failure) => failure.endedAtMs >= atMs && !isInFlight(failure))).toEqual([]);
      expect(traffic.answers).toBeGreaterThan(answered + 100);
    },
    180_000,
  );

  it('takes a canary back on every gateway of a region', async () => {
    const promotion = await given(stage).promotion();
    await promotion.reached(EU, 'canary');
    await when(stage).aborted(promotion);
    expect((await promotion.ended()).status).toMatchObject({ outcome: 'rolled-back' });
    for (const { gateways } of stage.stack.layout.regions) {
      for (const { port } of gateways) {
        const answer = await fetch(`http://127.0.0.1:${port}/v2/models/fraud`);
        expect(answer.headers.get('x-model-version')).toBe(promotion.found);
      }
    }
  }, 180_000);
});
