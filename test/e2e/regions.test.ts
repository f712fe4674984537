import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Stage } from '../support/stack';
import { until } from '../support/stack-promotion';
import { Link } from '../support/stack-proxy';
import { RouteWatch } from '../support/stack-routes';
import { everywhere, given, servedIn, unexplainedFailures, when } from '../support/stack-steps';

const [EU, US, AP] = ['eu-north', 'us-east', 'ap-south'];
const STEPS = [{ weightPct: 50, bake: '6s' }]; // a canary that a busy computer cannot miss

describe('the engine', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open({ policy: { steps: STEPS } });
    await given(stage).liveEverywhere();
  }, 240_000);
  afterAll(() => stage?.close(), 60_000);

  it.each(['replicating', 'flipping'] as const)(
    'makes every region safe on an abort in %s, and says how long it took',
    async (phase) => {
      const sinceMs = Date.now();
      const promotion = await given(stage).promotion();
      const letGo = await when(stage).standsIn(promotion, phase, EU);
      const asked = when(stage).aborted(promotion);
      await promotion.reached(EU, 'rolling-back');
      letGo();
      expect(await asked).toMatchObject({ status: 200 });
      const { status, rollouts } = await promotion.ended();
      expect(status).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'aborted' } });
      expect(status?.timeToSafeMs).toEqual(expect.any(Number));
      for (const { safeAtMs, notUndone } of Object.values(rollouts)) {
        expect(safeAtMs).not.toBeNull();
        expect(notUndone).toEqual([]);
      }
      expect(await servedIn(stage)).toEqual(everywhere(promotion.found));
      expect(await unexplainedFailures(stage, sinceMs)).toEqual([]);
    },
    180_000,
  );

  it('shows a region without a worker as unreachable since when, keeps the others going, and ends live-partial where the plan says proceed', async () => {
    const sinceMs = Date.now();
    const before = await servedIn(stage);
    stage.setPolicy({ steps: STEPS, waves: [[US], [EU, AP]], deadline: 'proceed', window: '60s', patience: '2s' });
    const { startAgain } = await stage.kill(`${US} worker`);
    const promotion = await given(stage).promotion();
    const silent = await until(
      'word of the silent region',
      async () => (await promotion.view()).status?.regions.find(({ region }) => region === US),
      (entry) => (entry?.unreachableSinceMs ?? 0) > sinceMs,
    );
    expect(silent?.unreachableSinceMs).toBeLessThan(Date.now());
    for (const region of [EU, AP]) await promotion.reached(region, 'live');
    const { status } = await promotion.ended();
    expect(status).toMatchObject({ outcome: 'live-partial' });
    expect(Object.fromEntries(status?.regions.map(({ region, outcome }) => [region, outcome]) ?? [])).toEqual({
      ...{ [EU]: 'live', [AP]: 'live', [US]: 'skipped' },
    });
    expect(await servedIn(stage)).toEqual({ ...everywhere(promotion.digest), [US]: before[US] });
    expect(await unexplainedFailures(stage, sinceMs)).toEqual([]);
    await startAgain();
    stage.setPolicy({ steps: STEPS });
  }, 240_000);

  it('lets a region that is cut off from the hub in its canary fall back by itself, and heals it with one change', async () => {
    const sinceMs = Date.now();
    const links = await behindLinks();
    const promotion = await given(stage).promotion();
    await promotion.reached(EU, 'canary');
    const routes = new RouteWatch(stage, EU);
    await until(
      'the canary',
      async () => routes.seen.at(-1),
      (route) => route?.canary !== undefined,
    );
    const found = routes.seen.at(-1)?.stable;

    for (const link of links) link.cut();
    await until(
      'the fall back',
      async () => routes.causes,
      (causes) => causes.includes('lease'),
    );
    expect((await promotion.view()).rollouts[EU]).toMatchObject({ phase: 'canary' });
    expect(routes.causes).toEqual(['step', 'lease']);
    expect((await servedIn(stage))[EU]).toBe(found);

    for (const link of links) link.mend();
    const { status } = await promotion.ended();
    await routes.stop();
    expect(status?.outcome).toBe('live');
    expect(routes.causes).toEqual(['step', 'lease', 'step', 'flip']);
    expect(routes.seen.map(({ generation }, index) => generation - index)).toEqual(
      routes.seen.map(() => routes.seen[0]?.generation),
    );
    expect(await servedIn(stage)).toEqual(everywhere(promotion.digest));
    expect(await unexplainedFailures(stage, sinceMs)).toEqual([]);
  }, 240_000);

  /** The worker of a region with links of its own to Temporal and to the hub's store. */
  async function behindLinks(): Promise<readonly Link[]> {
    const { layout } = stage.stack;
    const [temporal, hub] = [await Link.to(layout.ports.temporal), await Link.to(layout.ports.hub)];
    for (const link of [temporal, hub]) stage.atEnd(() => link.close());
    const { spec } = stage.stack.process(`${EU} worker`);
    await stage.stack.process(`${EU} worker`).stop();
    const config = path.join(layout.dir, 'config-of-one');
    mkdirSync(path.join(config, 'models'), { recursive: true });
    copyFileSync(path.join(layout.config, 'models', 'fraud.yaml'), path.join(config, 'models', 'fraud.yaml'));
    const fleet = readFileSync(path.join(layout.config, 'fleet.yaml'), 'utf8');
    writeFileSync(path.join(config, 'fleet.yaml'), fleet.replace(`:${stage.hub.port}"`, `:${hub.port}"`));
    const env = { ...spec.env, TEMPORAL_ADDRESS: `127.0.0.1:${temporal.port}`, MERIDIAN_CONFIG_DIR: config };
    await stage.run({ ...spec, name: `${EU} worker behind links`, env });
    return [temporal, hub];
  }
});
