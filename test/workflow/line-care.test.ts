import { ApplicationFailure } from '@temporalio/activity';
import type { Digest } from '../../domain/ids';
import type { ModelPolicy } from '../../domain/model-policy';
import { abortUpdate, lineId, planUpdate, promotionId, rolloutId, type LineState } from '../../workflows/contract';
import { memoryFleet, type MemoryFleet } from '../support/fleet';
import { startTemporal, type Temporal } from '../support/temporal';
import { latch, onStage, until, type Overlay, type Stage } from '../support/temporal-stage';

let temporal: Temporal;
beforeAll(async () => (temporal = await startTemporal()));
afterAll(() => temporal?.stop());

const [EU, US] = ['eu-north', 'us-east'] as const;
const LONG_CANARY = { steps: [{ weightPct: 5, bakeMs: 600_000 }] };

interface Setting {
  readonly regions?: readonly string[];
  readonly policy?: Partial<ModelPolicy>;
  readonly overlay?: Overlay;
}
async function line(
  { regions = [EU], policy = {}, overlay }: Setting,
  play: (stage: Stage, fleet: MemoryFleet) => Promise<void>,
): Promise<void> {
  const fleet = await memoryFleet({ regions, policy });
  await onStage(temporal, fleet, (stage) => play(stage, fleet), overlay ? { overlay } : {});
}

/** Offers v2 to a line that looks after its promotions often. */
async function offered(stage: Stage, { push }: MemoryFleet): Promise<Digest> {
  const digest = await push('v2');
  await stage.offer(digest);
  return digest;
}

const becomes = (stage: Stage, what: string, holds: (state: LineState) => boolean) =>
  until(what, () => stage.lineState(), holds);

/** How epoch 2 stands in the manifest, and what people were told of its end. */
async function told({ manifest, notifier, model }: MemoryFleet) {
  const [record] = await manifest.promotions({ model, limit: 1 });
  const events = await manifest.events({ afterId: 0, model, limit: 100 });
  const last = events.filter(({ kind }) => kind === 'ended').map(({ text }) => text);
  return { record, last, notices: notifier.notices.map(({ kind }) => kind) };
}

describe('a promotion that somebody terminated, on a real server', () => {
  it('is recorded as ended, with an event and a notice', async () => {
    await line({ policy: LONG_CANARY }, async (stage, fleet) => {
      const digest = await offered(stage, fleet);
      await stage.called(`${EU} watch`);
      await stage.promotion().terminate('by mistake');
      await expect(stage.rollout(EU).result()).resolves.toBe('rolled-back');
      await until(
        'the end is told',
        () => told(fleet),
        ({ notices }) => notices.includes('rolled-back'),
      );
      const { record, last } = await told(fleet);
      expect(record).toMatchObject({ epoch: 2, digest, outcome: 'rolled-back', starter: 'registry' });
      expect(record).toMatchObject({
        reason: { kind: 'fault', text: `${promotionId(fleet.model, 2)} was terminated` },
      });
      expect(last).toEqual([`${fleet.model} v2 was terminated and ended rolled-back`]);
    });
  });

  it('still has children, of which the line asks what they do', async () => {
    await line({ policy: LONG_CANARY }, async (stage, fleet) => {
      const { model, region } = fleet;
      await offered(stage, fleet);
      await stage.called(`${EU} watch`);
      await stage.promotion().terminate('by mistake');
      const rollout = rolloutId(model, 2, region(EU).regionId);
      await expect(stage.engine.children(promotionId(model, 2))).resolves.toEqual([rollout]);
      await until(
        'it went back',
        () => stage.engine.outcome(rollout),
        (outcome) => outcome === 'rolled-back',
      );
    });
  });
});

describe('a hotfix, on a real server', () => {
  const overlay: Overlay = (where, real) => {
    const releaseClaims = () => Promise.reject(ApplicationFailure.nonRetryable('the store refused', 'AccessDenied'));
    return where === EU ? { ...real, releaseClaims } : real;
  };
  const setting = { regions: [EU, US], policy: { ...LONG_CANARY, onNewDigest: 'hotfix' }, overlay } as const;
  const hasPassed = async (stage: Stage, v3: Digest) => {
    await becomes(stage, 'v3 has passed', ({ current }) => current?.offer.digest === v3);
    const { current, beside } = await stage.lineState();
    expect(current).toMatchObject({ epoch: 3, regions: [US] });
    expect(beside).toMatchObject([{ epoch: 2, unclean: [EU] }]);
    await stage.promotion(3).terminate();
  };

  it('passes a promotion that got stuck while it was aborted for it, and leaves its region out', async () => {
    await line(setting, async (stage, { push, model }) => {
      await stage.offer(await push('v2'));
      await stage.called(`${EU} watch`);
      const v3 = await push('v3');
      await expect(stage.offer(v3)).resolves.toMatchObject({
        kind: 'queued',
        why: `a hotfix passes ${promotionId(model, 2)}`,
      });
      await hasPassed(stage, v3);
    });
  });

  it('begins the plan that a person was shown and signed while the promotion was stuck', async () => {
    await line(setting, async (stage, { push, model }) => {
      await stage.offer(await push('v2'));
      await stage.called(`${EU} watch`);
      await stage.order(abortUpdate, { verb: 'abort' });
      await stage.shows(({ phase }) => phase === 'stuck');
      const v3 = await push('v3');
      const { plan, planHash } = await stage.line.executeUpdate(planUpdate, { args: [{ digest: v3 }] });
      expect(plan.waves).toEqual([[US]]);
      const said = { verb: 'start' as const, promotion: lineId(model), digest: v3, planHash };
      await stage.offer(v3, { source: 'operator', ...stage.statement('ada', said) });
      await hasPassed(stage, v3);
    });
  });
});

describe('a statement on a line that has no roster yet, on a real server', () => {
  const rollback = (stage: Stage, { model, old }: MemoryFleet) => {
    const said = { verb: 'rollback' as const, promotion: lineId(model), digest: old.digest };
    return { source: 'rollback' as const, ...stage.statement('ada', said) };
  };

  it('is used once', async () => {
    await line({ policy: LONG_CANARY }, async (stage, fleet) => {
      const { digest } = fleet.old;
      const signed = rollback(stage, fleet);
      await expect(stage.offer(digest, signed)).resolves.toMatchObject({ kind: 'started' });
      const refused = { cause: { type: 'Forbidden', message: 'the statement was used before; sign a new one' } };
      await expect(stage.offer(digest, signed)).rejects.toMatchObject(refused);
    });
  });

  it('begins the promotion again where a region had seen a higher epoch', async () => {
    const token = { epoch: 9, seq: 1, attempt: 1 };
    const fleet = await memoryFleet({ regions: [EU] });
    const overlay: Overlay = (_where, real) => {
      const upload = async (input: never) => {
        await fleet.region(EU).router.fence(fleet.model, { token, rollout: 'rollout/by/another/line' });
        return real.upload?.(input);
      };
      return { ...real, upload };
    };
    const play = async (stage: Stage) => {
      const { digest } = fleet.old;
      await expect(stage.offer(digest, rollback(stage, fleet))).resolves.toMatchObject({ kind: 'started', epoch: 2 });
      await becomes(stage, 'it has ended', ({ live }) => live === digest);
      await expect(stage.status(10)).resolves.toMatchObject({ outcome: 'live', starter: 'ada' });
    };
    await onStage(temporal, fleet, play, { overlay });
  });

  it('signed by nobody starts nothing', async () => {
    await line({}, async (stage, fleet) => {
      const said = { verb: 'rollback' as const, promotion: lineId(fleet.model), digest: fleet.old.digest };
      const forged = { source: 'rollback' as const, ...stage.statement('ada', said, 'mallory') };
      const answer = stage.offer(fleet.old.digest, forged).catch((err: unknown) => err);
      expect(JSON.stringify(await answer)).not.toContain('"kind":"started"');
      await expect(stage.lineState()).resolves.toMatchObject({ current: null, epoch: 0, usedJtis: [] });
    });
  });
});
