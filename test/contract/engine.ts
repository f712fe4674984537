import type { Digest, ModelName } from '../../domain/ids';
import type { Engine } from '../../ports/engine';
import { patiently } from '../../stack/patience';
import type { PromotionStatus, RolloutStatus } from '../../workflows/contract';
import { NEW, OLD } from '../support/gateway';

/** An engine, and what a test may do with workflows behind its back. */
export interface EngineUnderTest {
  readonly engine: Engine;
  /** Starts a workflow that goes on until it is told to end. @returns its id */
  start(withChild?: 'with a child'): Promise<string>;
  end(id: string): Promise<void>;
  terminate(id: string): Promise<void>;
  /** Starts a rollout that shows this, and returns its outcome when it is told to end. */
  startRollout(status: Pick<RolloutStatus, 'phase' | 'outcome'>): Promise<string>;
  startPromotion(status: Pick<PromotionStatus, 'phase' | 'regions'>): Promise<string>;
  /** What a line was offered, in order; none where it was never started. */
  offersOf(model: ModelName): Promise<readonly Digest[]>;
  readonly unknown: string; // an id that was never started
  readonly model: ModelName; // without a line yet
}

/** The laws of the engine port. */
export function engineLaws(make: () => Promise<EngineUnderTest>): void {
  it('tells a workflow that runs from one that has ended, and both from one that is gone', async () => {
    const { engine, start, end, terminate, unknown } = await make();
    const [runs, ends, dies] = await Promise.all([start(), start(), start()]);
    await end(ends);
    await terminate(dies);
    await expect(engine.describe(runs)).resolves.toBe('running');
    await expect(engine.describe(ends)).resolves.toBe('closed');
    for (const id of [dies, unknown]) await expect(engine.describe(id)).resolves.toBe('gone');
  });

  it('gives how a rollout has ended, also while it cleans up, and null for one that has not or never got there', async () => {
    const { engine, startRollout, end, terminate, unknown } = await make();
    const [runs, cleans, ends, dies] = await Promise.all([
      startRollout({ phase: 'canary', outcome: null }),
      startRollout({ phase: 'ended', outcome: 'live' }),
      startRollout({ phase: 'ended', outcome: 'rolled-back' }),
      startRollout({ phase: 'canary', outcome: null }),
    ]);
    await end(ends);
    await terminate(dies);
    await expect(answered(() => engine.outcome(cleans))).resolves.toBe('live');
    await expect(engine.outcome(ends)).resolves.toBe('rolled-back');
    for (const id of [runs, dies, unknown]) await expect(engine.outcome(id)).resolves.toBeNull();
  });

  it('knows the children of a workflow, as it left them when it was terminated', async () => {
    const { engine, start, terminate, unknown } = await make();
    const [alone, parent] = await Promise.all([start(), start('with a child')]);
    const children = await engine.children(parent);
    expect(children).toHaveLength(1);
    for (const child of children) await expect(engine.describe(child)).resolves.toBe('running');
    await terminate(parent);
    await expect(engine.children(parent)).resolves.toEqual(children);
    for (const id of [alone, unknown]) await expect(engine.children(id)).resolves.toEqual([]);
  });

  it('says how a promotion stands, and nothing of one that was never started', async () => {
    const { engine, startPromotion, unknown } = await make();
    const status = (...phases: readonly string[]) =>
      ({
        phase: 'running',
        regions: phases.map((phase, at) => ({ region: `r${at}`, phase })),
      }) as unknown as PromotionStatus;
    const going = await startPromotion(status('ended', 'baking', 'pending'));
    const held = await startPromotion(status('held', 'ended'));
    await expect(engine.standing(going)).resolves.toEqual({ waitsForPerson: false, unclean: ['r1'] });
    await expect(engine.standing(held)).resolves.toEqual({ waitsForPerson: true, unclean: ['r0'] });
    await expect(engine.standing(unknown)).resolves.toBeNull();
  });

  it('starts the line with the first offer, and offers nothing twice', async () => {
    const { engine, offersOf, model } = await make();
    await engine.offer(model, OLD, 'poll/1');
    await engine.offer(model, OLD, 'poll/1');
    await engine.offer(model, OLD, 'poll/2');
    await engine.offer(model, NEW, 'poll/2');
    await expect(offersOf(model)).resolves.toEqual([OLD, NEW]);
  });
}

/** How a rollout that runs has ended: null also where a busy server did not let it answer within its time. */
async function answered<T>(ask: () => Promise<T | null>): Promise<T | null> {
  return patiently(ask, (answer) => answer !== null, 30_000);
}
