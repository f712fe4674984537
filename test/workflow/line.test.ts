import { parseDigest, servedName, type Digest } from '../../domain/ids';
import type { NewDigestPolicy } from '../../domain/model-policy';
import {
  freezeUpdate,
  holdUpdate,
  planUpdate,
  releaseUpdate,
  resumeLineUpdate,
  thawUpdate,
} from '../../workflows/contract';
import { lineId } from '../../workflows/contract';
import { memoryFleet, type MemoryFleet } from '../support/fleet';
import { startTemporal, type Temporal } from '../support/temporal';
import { latch, onStage, until, type Overlay, type Stage } from '../support/temporal-stage';

let temporal: Temporal;
// The line continues as new after so many events, in place of 4,096; nobody else looks at it.
beforeAll(async () => (temporal = await startTemporal(['limit.historyCount.suggestContinueAsNew=60'])));
afterAll(() => temporal?.stop());

const EU = 'eu-north';
const LONG_CANARY = { steps: [{ weightPct: 5, bakeMs: 600_000 }] };

/** One region; a canary that bakes for ever where asked. */
async function line(
  play: (stage: Stage, fleet: MemoryFleet) => Promise<void>,
  { isLong = false, onNewDigest = 'queue' }: { isLong?: boolean; onNewDigest?: NewDigestPolicy } = {},
): Promise<void> {
  const policy = { onNewDigest, ...(isLong && LONG_CANARY) };
  const fleet = await memoryFleet({ regions: [EU], policy });
  await onStage(temporal, fleet, (stage) => play(stage, fleet));
}

/** Pushes a version whose answers are wrong. */
async function pushBad({ push, region, model }: MemoryFleet, version: string): Promise<Digest> {
  const digest = await push(version);
  region(EU).inference.spoil(servedName(model, digest), 'wrong-answers');
  return digest;
}

describe('the line of a model, on a real server', () => {
  it('makes one promotion of a digest that is offered again and again, and folds what is live', async () => {
    const offered = latch();
    const overlay: Overlay = (_where, real) => {
      const upload = async (input: never) => offered.opened.then(() => real.upload?.(input));
      return { ...real, upload };
    };
    const play = async (stage: Stage, { push, model }: MemoryFleet) => {
      const digest = await push('v2');
      const answers = await Promise.all(Array.from({ length: 30 }, () => stage.offer(digest))).finally(offered.open);
      const kinds = answers.map((answer) => (answer.kind === 'folded' ? `folded into ${answer.into}` : answer.kind));
      expect(kinds.filter((kind) => !/folded into (queued|in-flight)/.test(kind))).toEqual(['started']);
      await expect(stage.ends()).resolves.toMatchObject({ outcome: 'live', epoch: 2 });
      await until(
        'the line knows',
        () => stage.lineState(),
        ({ live }) => live === digest,
      );
      await expect(stage.offer(digest)).resolves.toEqual({ kind: 'folded', into: 'live', promotion: null });
      expect((await stage.lineState()).epoch).toBe(2);
      expect(await stage.fleet.manifest.promotions({ model, limit: 9 })).toHaveLength(1);
    };
    const fleet = await memoryFleet({ regions: [EU] });
    await onStage(temporal, fleet, (stage) => play(stage, fleet), { overlay });
  });

  it('gives the same answer to an offer that comes again under its id after it continued as new', async () => {
    const play = async (stage: Stage, { push, model }: MemoryFleet) => {
      const digest = await push('v2');
      await stage.offer(parseDigest(`sha256:${'0'.repeat(64)}`)); // refused; the line is there now
      const { planHash } = await stage.line.executeUpdate(planUpdate, { args: [{ digest }] });
      const said = { verb: 'start' as const, promotion: lineId(model), digest, planHash };
      const offer = { id: 'one', source: 'operator' as const, ...stage.statement('ada', said) };
      const first = await stage.offer(digest, offer);
      expect(first).toMatchObject({ kind: 'started', epoch: 2 });
      const { runId } = await stage.line.describe();
      const isNew = async () => (await stage.line.describe()).runId !== runId;
      while (!(await isNew())) await expect(stage.offer(digest)).resolves.toMatchObject({ into: 'in-flight' });
      await expect(stage.offer(digest, offer)).resolves.toEqual(first);
      const replayed = stage.offer(digest, { ...offer, id: 'another' });
      await expect(replayed).rejects.toMatchObject({ cause: { message: expect.stringMatching('used') as string } });
      await expect(stage.lineState()).resolves.toMatchObject({ epoch: 2, queue: [] });
    };
    await line(play, { isLong: true });
  });

  it('denies a digest that failed until a person releases it', async () => {
    await line(async (stage, fleet) => {
      const digest = await pushBad(fleet, 'v2');
      await stage.offer(digest);
      await expect(stage.ends()).resolves.toMatchObject({ outcome: 'rolled-back' });
      await until(
        'the lane is free',
        () => stage.lineState(),
        ({ current }) => current === null,
      );
      await expect(stage.offer(digest)).resolves.toMatchObject({
        kind: 'denied',
        why: expect.stringMatching(/^validation: /) as string,
      });
      fleet.region(EU).inference.spoil(servedName(fleet.model, digest), undefined);
      await stage.orderLine(releaseUpdate, { verb: 'release', digest, reason: 'the golden set was wrong' });
      await expect(stage.offer(digest)).resolves.toMatchObject({ kind: 'started', epoch: 3 });
      await expect(stage.ends(3)).resolves.toMatchObject({ outcome: 'live' });
    });
  });

  it('starts nothing while it is frozen or held', async () => {
    await line(async (stage, { push }) => {
      const until = new Date(Date.now() + 3_600_000).toISOString();
      const [v2, v3] = [await push('v2'), await push('v3')];
      await stage.offer(v2);
      await stage.ends();
      await stage.orderLine(freezeUpdate, { verb: 'freeze', until, reason: 'quarter end' });
      const why = `frozen: quarter end, until ${until}`;
      await expect(stage.offer(v3)).resolves.toEqual({ kind: 'queued', behind: null, why });
      await stage.orderLine(holdUpdate, { verb: 'hold', reason: 'an incident' });
      await stage.orderLine(thawUpdate, { verb: 'thaw' });
      await expect(stage.lineState()).resolves.toMatchObject({ held: 'ada: an incident', current: null, epoch: 2 });
      await stage.orderLine(resumeLineUpdate, { verb: 'unhold' });
      await expect(stage.ends(3)).resolves.toMatchObject({ outcome: 'live', digest: v3 });
    });
  });

  it('does not start what was being prepared when a person held it', async () => {
    const held = latch();
    const overlay: Overlay = (_where, real) => {
      const forecastPlan = async (input: never) => held.opened.then(() => real.forecastPlan?.(input));
      return { ...real, forecastPlan };
    };
    const play = async (stage: Stage, { push }: MemoryFleet) => {
      const answer = stage.offer(await push('v2'));
      await stage.called('control forecastPlan');
      await stage.orderLine(holdUpdate, { verb: 'hold', reason: 'an incident' });
      const why = 'the line is held: ada: an incident';
      await expect(answer).resolves.toEqual({ kind: 'queued', behind: null, why });
      held.open();
      await until(
        'it is prepared',
        async () => stage.calls,
        (calls) => calls.includes('control highestEpoch'),
      );
      await expect(stage.lineState()).resolves.toMatchObject({ current: null, epoch: 0, queue: [{}] });
      await stage.orderLine(resumeLineUpdate, { verb: 'unhold' });
      await expect(stage.ends()).resolves.toMatchObject({ outcome: 'live' });
    };
    const fleet = await memoryFleet({ regions: [EU] });
    await onStage(temporal, fleet, (stage) => play(stage, fleet), { overlay });
  });

  it('starts a rollback in a freeze, past what waits for its end', async () => {
    await line(async (stage, { push, model }) => {
      const [v2, v3, v4] = [await push('v2'), await push('v3'), await push('v4')];
      for (const [epoch, version] of [v2, v3].entries()) {
        await stage.offer(version);
        await stage.ends(epoch + 2);
      }
      const end = new Date(Date.now() + 3_600_000).toISOString();
      await stage.orderLine(freezeUpdate, { verb: 'freeze', until: end, reason: 'quarter end' });
      await expect(stage.offer(v4)).resolves.toMatchObject({ kind: 'queued' });
      const said = { verb: 'rollback' as const, promotion: lineId(model), digest: v2 };
      const answer = await stage.offer(v2, { source: 'rollback', ...stage.statement('ada', said) });
      expect(answer).toMatchObject({ kind: 'started', epoch: 4 });
      await expect(stage.ends(4)).resolves.toMatchObject({ outcome: 'live', digest: v2 });
      await expect(stage.lineState()).resolves.toMatchObject({ queue: [{ digest: v4 }], epoch: 4 });
    });
  });

  it('starts what was planned, and refuses when the plan has changed meanwhile', async () => {
    await line(async (stage, { push, model }) => {
      const [v2, v3] = [await push('v2'), await push('v3')];
      await stage.offer(v2);
      await stage.ends();
      const { planHash } = await stage.line.executeUpdate(planUpdate, { args: [{ digest: v3 }] });
      const started = (hash: string, offered: { readonly planHash?: string } = { planHash: hash }) => {
        const said = { verb: 'start' as const, promotion: lineId(model), digest: v3, planHash: hash };
        return stage.offer(v3, { source: 'operator', ...offered, ...stage.statement('ada', said) });
      };
      const other = `sha256:${'0'.repeat(64)}`;
      const why = expect.stringMatching(`^PlanChanged: the plan is ${planHash} now, not ${other}`) as string;
      await expect(started(other)).resolves.toEqual({ kind: 'refused', why });
      await expect(started(other, {})).resolves.toEqual({ kind: 'refused', why }); // the statement alone names it
      await expect(started(planHash)).resolves.toMatchObject({ kind: 'started', planHash });
      await expect(stage.ends(3)).resolves.toMatchObject({ outcome: 'live', starter: 'ada' });
    });
  });

  it('goes back to an earlier version without validation and canary', async () => {
    await line(async (stage, { push, model }) => {
      const [v2, v3] = [await push('v2'), await push('v3')];
      await stage.offer(v2);
      await stage.ends(2);
      await stage.offer(v3);
      await stage.ends(3);
      stage.calls.splice(0);
      const said = { verb: 'rollback' as const, promotion: lineId(model), digest: v2 };
      const answer = await stage.offer(v2, { source: 'rollback', ...stage.statement('ada', said) });
      expect(answer).toMatchObject({ kind: 'started', epoch: 4 });
      await expect(stage.ends(4)).resolves.toMatchObject({ outcome: 'live', digest: v2 });
      expect(stage.callsOf(EU).filter((call) => call === 'validate' || call === 'setWeight')).toEqual([]);
    });
  });

  it('aborts what is under way when a newer digest supersedes it', async () => {
    const policy = { isLong: true, onNewDigest: 'supersede' } as const;
    const play = async (stage: Stage, { push, region }: MemoryFleet) => {
      const [v2, v3] = [await push('v2'), await push('v3')];
      await stage.offer(v2);
      await stage.called(`${EU} watch`);
      await expect(stage.offer(v3)).resolves.toMatchObject({ kind: 'queued', behind: stage.promotion().workflowId });
      await expect(stage.ends(2)).resolves.toMatchObject({ outcome: 'rolled-back', reason: { kind: 'aborted' } });
      await stage.called(`${EU} watch`, 2);
      await expect(stage.status(3)).resolves.toMatchObject({ digest: v3, phase: 'rolling-out' });
      await expect(region(EU).serves()).resolves.toMatchObject({ canary: 5 });
    };
    await line(play, policy);
  });

  it('refuses what comes meanwhile where the policy is to reject', async () => {
    const play = async (stage: Stage, { push, old, model }: MemoryFleet) => {
      await stage.offer(await push('v2'));
      await expect(stage.offer(await push('v3'))).resolves.toMatchObject({ kind: 'refused' });
      await expect(stage.lineState()).resolves.toMatchObject({ queue: [] });
      const said = { verb: 'rollback' as const, promotion: lineId(model), digest: old.digest };
      const wayBack = stage.offer(old.digest, { source: 'rollback', ...stage.statement('ada', said) });
      await expect(wayBack).resolves.toMatchObject({ kind: 'queued' }); // which is no new digest
    };
    await line(play, { isLong: true, onNewDigest: 'reject' });
  });

  it('takes an epoch above one that a region has seen, and starts the promotion again', async () => {
    await line(async (stage, { push, region, model }) => {
      await stage.offer(await push('v2'));
      await stage.ends();
      const token = { epoch: 9, seq: 1, attempt: 1 };
      await region(EU).router.fence(model, { token, rollout: 'rollout/by/another/line' });
      const v3 = await push('v3');
      await stage.offer(v3);
      const superseded = await stage.ends(3);
      expect(superseded.regions).toMatchObject([{ outcome: 'superseded' }]);
      await expect(stage.ends(10)).resolves.toMatchObject({ outcome: 'live', digest: v3 });
      await expect(stage.lineState()).resolves.toMatchObject({ epoch: 10, live: v3, denied: {} });
    });
  });

  it('keeps queue, deny list and what is under way when it continues as new', async () => {
    const play = async (stage: Stage, fleet: MemoryFleet) => {
      const bad = await pushBad(fleet, 'v2');
      const first = await stage.offer(bad).then(() => stage.line.describe());
      await stage.ends();
      const [v3, v4] = [await fleet.push('v3'), await fleet.push('v4')];
      await stage.offer(v3);
      await stage.offer(v4);
      for (let denied = await stage.offer(bad); denied.kind === 'denied'; denied = await stage.offer(bad)) {
        if ((await stage.line.describe()).runId !== first.runId) break;
      }
      const { runId } = await stage.line.describe();
      expect(runId).not.toBe(first.runId);
      const { current, queue, denied } = await stage.lineState();
      expect(current).toMatchObject({ epoch: 3, offer: { digest: v3 } });
      expect(queue).toMatchObject([{ digest: v4 }]);
      expect(Object.keys(denied)).toEqual([bad]);
      await stage.promotion(3).cancel();
      await stage.ends(3);
      await until(
        'v4 is started',
        () => stage.lineState(),
        (state) => state.current?.offer.digest === v4,
      );
    };
    await line(play, { isLong: true });
  });

  it('answers every offer that waits when it comes to continue as new', async () => {
    const unknown = (letter: string) => parseDigest(`sha256:${letter.repeat(64)}`);
    const both = latch();
    let armed = false;
    const overlay: Overlay = (_where, real) => {
      const resolvePlan = async (input: never) =>
        (armed ? both.opened : Promise.resolve()).then(() => real.resolvePlan?.(input));
      return { ...real, resolvePlan };
    };
    const play = async (stage: Stage) => {
      const length = async () => (await stage.line.fetchHistory()).events?.length ?? 0;
      await stage.offer(unknown('0'));
      while ((await length()) < 42) await stage.offer(unknown('0'));
      armed = true;
      const answers = Promise.all([stage.offer(unknown('1')), stage.offer(unknown('2'))]);
      await until(
        'both wait',
        () => stage.lineState(),
        ({ queue }) => queue.length === 2,
      );
      both.open();
      await expect(answers).resolves.toMatchObject([{ kind: 'refused' }, { kind: 'refused' }]);
    };
    await onStage(temporal, await memoryFleet({ regions: [EU] }), play, { overlay });
  });

  it('takes back what a terminated promotion left, and frees the lane', async () => {
    const play = async (stage: Stage, { push, region, old }: MemoryFleet) => {
      const [v2, v3] = [await push('v2'), await push('v3')];
      await stage.offer(v2);
      await stage.called(`${EU} watch`);
      await stage.promotion().terminate('by mistake');
      await stage.offer(v3);
      await until(
        'v3 is started',
        () => stage.lineState(),
        ({ current }) => current?.offer.digest === v3,
      );
      await expect(stage.rollout(EU).result()).resolves.toBe('rolled-back');
      await expect(region(EU).serves()).resolves.toMatchObject({ current: old.digest });
      await expect(stage.lineState()).resolves.toMatchObject({
        epoch: 3,
        denied: { [v2]: { reason: { kind: 'fault' } } },
      });
    };
    await line(play, { isLong: true });
  });
});
