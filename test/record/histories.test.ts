import { ApplicationFailure } from '@temporalio/activity';
import { servedName } from '../../domain/ids';
import { abortUpdate, approveUpdate, extendBakeUpdate, rejectUpdate, skipRegionUpdate } from '../../workflows/contract';
import { memoryFleet, type MemoryFleet } from '../support/fleet';
import { keepHistory } from '../support/histories';
import { startTemporal, type Temporal } from '../support/temporal';
import { latch, onStage, until, type Overlay, type Stage } from '../support/temporal-stage';
import { AP, EU, LONG, scene, STEPS } from './scene';

const GATE = { id: 'board', before: 'flip', scope: { kind: 'wave', wave: 1 }, quorum: 1 } as const;

let temporal: Temporal;
// The line continues as new after so many events, in place of 4,096.
beforeAll(async () => (temporal = await startTemporal(['limit.historyCount.suggestContinueAsNew=60'])));
afterAll(() => temporal?.stop());

async function promoteSpoilt(stage: Stage, { push, region }: MemoryFleet): Promise<void> {
  const digest = await push('v2');
  region(AP).spoil(digest, 0.5);
  await stage.offered(digest);
}

describe('the histories', () => {
  it('keeps a promotion that goes live', async () => {
    await scene(temporal, 'live', {}, async (stage) => void (await stage.promote()));
  });

  it('keeps a live region that is taken back, because another breaches', async () => {
    await scene(temporal, 'breach', { keeps: [EU, AP] }, promoteSpoilt);
  });

  it('keeps a version that validation stops', async () => {
    await scene(temporal, 'validation', { regions: [EU] }, async (stage, { push, region, model }) => {
      const digest = await push('v2');
      region(EU).inference.spoil(servedName(model, digest), 'wrong-answers');
      await stage.offered(digest);
    });
  });

  it.each([
    ['approved', approveUpdate, 'approve'],
    ['rejected', rejectUpdate, 'reject'],
  ] as const)('keeps a gate that is %s', async (scenario, update, verb) => {
    await scene(temporal, scenario, { regions: [EU], policy: { gates: [GATE] } }, async (stage) => {
      const digest = await stage.promote();
      const { planHash } = await stage.shows(({ waitsFor }) => waitsFor.startsWith('gate'));
      const vote = stage.statement('ben', { verb, gate: GATE.id, planHash, digest });
      await stage.promotion().executeUpdate(update, { args: [vote] });
    });
  });

  it('keeps an abort in the canary', async () => {
    await scene(temporal, 'aborted', { regions: [EU], policy: LONG }, async (stage) => {
      await stage.promote();
      await stage.called(`${EU} watch`);
      await stage.order(abortUpdate, { verb: 'abort' });
    });
  });

  it('keeps a held region whose bake is extended', async () => {
    await scene(temporal, 'held', { regions: [EU] }, async (stage, { region }) => {
      region(EU).requestsPerLook = 20;
      await stage.promote();
      await stage.shows(({ regions }) => regions[0]?.phase === 'held');
      region(EU).requestsPerLook = 4_000;
      await stage.order(extendBakeUpdate, { verb: 'extendBake' });
    });
  });

  it('keeps a stuck region that a person accepts', async () => {
    const refuse = () => Promise.reject(ApplicationFailure.nonRetryable('the store refused', 'AccessDenied'));
    const overlay: Overlay = (where, real) => (where === EU ? { ...real, releaseClaims: refuse } : real);
    await scene(temporal, 'stuck', { overlay }, async (stage, fleet) => {
      await promoteSpoilt(stage, fleet);
      await stage.shows(({ phase, regions }) => phase === 'stuck' && regions[1]?.outcome === 'rolled-back');
      await stage.order(skipRegionUpdate, { verb: 'skipRegion', region: EU, reason: 'the disk is gone' });
    });
  });

  it('keeps a silent region that the deadline leaves out', async () => {
    const gone = latch();
    const overlay: Overlay = (where, real) => {
      const upload = (input: never) => gone.opened.then(() => real.upload?.(input));
      return where === 'control' ? { ...real, upload } : real;
    };
    await scene(
      temporal,
      'proceeds',
      { overlay, keeps: [AP], policy: { windowMs: 8_000, deadline: 'proceed' } },
      async (stage) => {
        await stage.promote();
        await stage.called('control upload');
        await stage.stop(AP);
        gone.open();
      },
    );
  });

  it('keeps a line that continues as new', async () => {
    const fleet = await memoryFleet({ regions: [EU], policy: { steps: STEPS } });
    await onStage(temporal, fleet, async (stage) => {
      for (const epoch of [2, 3]) {
        await stage.promote(`v${epoch}`);
        await stage.ends(epoch);
      }
      await until(
        'the line is free',
        () => stage.lineState(),
        ({ history }) => history.length === 2,
      );
      const { client } = temporal;
      const { workflowId } = stage.line;
      const runs: string[] = [];
      for await (const { runId } of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) runs.push(runId);
      expect(runs.length).toBeGreaterThan(1);
      const [last, ...before] = runs;
      await keepHistory('modelLine', 'continued', client.workflow.getHandle(workflowId, before.at(-1)));
      await keepHistory('modelLine', 'goes-on', client.workflow.getHandle(workflowId, last));
    });
  });
});
