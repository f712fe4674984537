import type { LineRules } from '../../activities/plan';
import { parseDigest } from '../../domain/ids';
import { configuredSignal, holdUpdate } from '../../workflows/contract';
import { memoryFleet, type MemoryFleet } from '../support/fleet';
import { startTemporal, type Temporal } from '../support/temporal';
import { latch, onStage, until, type Overlay, type Stage } from '../support/temporal-stage';

let temporal: Temporal;
beforeAll(async () => (temporal = await startTemporal()));
afterAll(() => temporal?.stop());

const EU = 'eu-north';
const LONG_CANARY = { steps: [{ weightPct: 5, bakeMs: 600_000 }] };
type Reads = (input: never) => Promise<LineRules>;

/** A line of one region that reads these rules, whatever they come to be. */
async function line(
  change: (rules: LineRules) => LineRules,
  play: (stage: Stage, fleet: MemoryFleet) => Promise<void>,
  overlay: Overlay = (_where, real) => real,
): Promise<void> {
  const fleet = await memoryFleet({ regions: [EU], policy: LONG_CANARY });
  const changed: Overlay = (where, real) => {
    const read = real.loadRules as Reads | undefined;
    return overlay(where, read ? { ...real, loadRules: async (input) => change(await read(input)) } : real);
  };
  await onStage(temporal, fleet, (stage) => play(stage, fleet), { overlay: changed });
}

describe('what a person installs', () => {
  it('is what an idle line goes by once it hears of it: a key that is gone signs nothing more', async () => {
    let version = 1;
    const change = (rules: LineRules): LineRules => {
      const actors = rules.roster.actors.filter(({ id }) => version === 1 || id !== 'ada');
      return { ...rules, roster: { version, actors } };
    };
    await line(change, async (stage) => {
      await stage.offer(parseDigest(`sha256:${'0'.repeat(64)}`)); // refused; the line is there now, and idle
      await expect(stage.lineState()).resolves.toMatchObject({ roster: { version: 1 }, queue: [] });
      version = 2;
      await stage.line.signal(configuredSignal);
      await until(
        'the line has read it',
        () => stage.lineState(),
        ({ roster }) => roster?.version === 2,
      );
      const held = stage.orderLine(holdUpdate, { verb: 'hold', reason: 'an incident' });
      await expect(held).rejects.toMatchObject({ cause: { type: 'Forbidden' } });
    });
  });

  it('is what a line goes by that has a promotion under way', async () => {
    let onNewDigest: LineRules['onNewDigest'] = 'queue';
    const read: string[] = [];
    const change = (rules: LineRules): LineRules => {
      read.push(onNewDigest);
      return { ...rules, onNewDigest };
    };
    await line(change, async (stage, { push }) => {
      await stage.offer(await push('v2'));
      await stage.called(`${EU} watch`);
      onNewDigest = 'supersede';
      await stage.line.signal(configuredSignal);
      await until(
        'the line has read it',
        async () => read,
        (all) => all.includes('supersede'),
      );
      const why = `${stage.promotion().workflowId} is being aborted to make way`;
      await expect(stage.offer(await push('v3'))).resolves.toMatchObject({ kind: 'queued', why });
      await expect(stage.ends(2)).resolves.toMatchObject({ outcome: 'rolled-back', reason: { kind: 'aborted' } });
    });
  });
});

describe('a digest that comes while another is being prepared', () => {
  it('makes that one go back where the policy is to supersede', async () => {
    const prepared = latch();
    const overlay: Overlay = (_where, real) => {
      const forecastPlan = async (input: never) => prepared.opened.then(() => real.forecastPlan?.(input));
      return { ...real, forecastPlan };
    };
    const change = (rules: LineRules): LineRules => ({ ...rules, onNewDigest: 'supersede' });
    const play = async (stage: Stage, { push }: MemoryFleet) => {
      const [v2, v3] = [await push('v2'), await push('v3')];
      const first = stage.offer(v2);
      await stage.called('control forecastPlan');
      const second = stage.offer(v3);
      await until(
        'both wait',
        () => stage.lineState(),
        ({ queue }) => queue.length === 2,
      );
      prepared.open();
      await expect(first).resolves.toMatchObject({ kind: 'started', epoch: 2 });
      const why = `${stage.promotion().workflowId} is being aborted to make way`;
      await expect(second).resolves.toMatchObject({ kind: 'queued', why });
      await expect(stage.ends(2)).resolves.toMatchObject({ outcome: 'rolled-back', reason: { kind: 'aborted' } });
      await until(
        'the newer one is under way',
        () => stage.lineState(),
        ({ current }) => current?.offer.digest === v3,
      );
    };
    await line(change, play, overlay);
  });
});
