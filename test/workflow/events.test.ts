import type { WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundle } from '@temporalio/worker';
import { hashOf } from '../../domain/approval';
import { parseRegionId } from '../../domain/ids';
import { MAX_REGIONS } from '../../domain/plan';
import { resolvePlan } from '../../domain/resolve-plan';
import { abortUpdate, CONTROL_QUEUE, promotionId, type PromotionInput } from '../../workflows/contract';
import { ROSTER } from '../simulation/world/people';
import { memoryFleet } from '../support/fleet';
import { fleetOf, policyOf } from '../support/fleet-policy';
import { startTemporal, type Temporal } from '../support/temporal';
import { onStage, Stage } from '../support/temporal-stage';

const SUGGESTED = 4_096; // events from which a server suggests to continue as new, which a promotion never does (contract 1)
const MINUTES = 5 * 60_000; // 500 rollouts take a dev server about a minute

let temporal: Temporal;
let reporting: WorkflowBundle; // the real promotion, over rollouts that only report
beforeAll(async () => {
  temporal = await startTemporal();
  const workflowsPath = require.resolve('./reporting/index.ts');
  reporting = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
});
afterAll(() => temporal?.stop());

async function eventsOf(handle: WorkflowHandle): Promise<number> {
  return (await handle.fetchHistory()).events?.length ?? 0;
}

/** A promotion of so many regions whose rollouts report `everyMs` apart; it ends, and its events are counted. */
async function counted(regions: number, play: (stage: Stage) => Promise<void>, everyMs = 0): Promise<number> {
  const fleet = await memoryFleet({ regions: ['r-1'] });
  const { model, old: freight } = fleet;
  const ids = Array.from({ length: regions }, (_, at) => parseRegionId(`r-${at + 1}`));
  const policy = policyOf(model, { flipBakeMs: everyMs, windowMs: 3_600_000 });
  const resolved = resolvePlan({ model, freight, fleet: fleetOf(ids), policy, fastTrack: false });
  if ('problems' in resolved) throw new Error(resolved.problems.join('\n'));
  const planned = { plan: resolved.plan, planHash: hashOf(resolved.plan), forecast: { regions: [] } };
  const who = { starter: 'registry', starterKey: null, roster: ROSTER };
  const input: PromotionInput = { model, epoch: 2, planned, repository: `models/${model}`, ...who };
  const stage = new Stage(temporal, fleet);
  try {
    await stage.startControl(reporting);
    const options = { workflowId: promotionId(model, 2), taskQueue: CONTROL_QUEUE, args: [input] };
    await temporal.client.workflow.start('promotion', options);
    await play(stage);
    await stage.promotion().result();
    return await eventsOf(stage.promotion());
  } finally {
    await stage.close();
  }
}

describe('histories', () => {
  it('stay short: a line, a promotion of three regions and one of its rollouts', async () => {
    await onStage(temporal, await memoryFleet(), async (stage) => {
      await stage.promote();
      await expect(stage.ends()).resolves.toMatchObject({ outcome: 'live' });
      expect(await eventsOf(stage.line)).toBeLessThan(120);
      expect(await eventsOf(stage.promotion())).toBeLessThan(200);
      expect(await eventsOf(stage.rollout('ap-south'))).toBeLessThan(160);
    });
  });

  it(
    'hold a promotion of 500 regions that goes live',
    async () => {
      const events = await counted(MAX_REGIONS, async () => undefined);
      expect(events).toBeGreaterThan(3 * MAX_REGIONS); // three reports a region: it is the real thing that is counted
      expect(events).toBeLessThan(SUGGESTED);
    },
    MINUTES,
  );

  it(
    'hold a promotion of many regions that is taken back from live, one report after the other',
    async () => {
      const regions = 100;
      const abort = async (stage: Stage) => {
        await stage.shows((status) => status.regions.every(({ phase }) => phase === 'live'));
        await stage.order(abortUpdate, { verb: 'abort' });
      };
      const events = await counted(regions, abort, 20);
      expect(events).toBeGreaterThan(4 * regions);
      expect(events).toBeLessThan((SUGGESTED / MAX_REGIONS) * regions);
    },
    MINUTES,
  );
});
