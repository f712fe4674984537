import type { WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundle } from '@temporalio/worker';
import { MAX_REGIONS } from '../../domain/plan';
import { abortUpdate, fanOutId, promotionId, surveyId } from '../../workflows/contract';
import { memoryFleet } from '../support/fleet';
import { startTemporal, type Temporal } from '../support/temporal';
import { onStage, Stage, until } from '../support/temporal-stage';

const SUGGESTED = 4_096; // events from which a server suggests to continue as new, which a promotion never does (contract 1)
const MINUTES = 5 * 60_000; // 500 rollouts take a dev server about a minute
const EPOCH = 1; // no region answers the line, so it knows of no earlier one
const PATIENT = { withinMs: MINUTES, lookMs: 1_000 };

/**
 * Why a server fails a task of a promotion that hears from 500 rollouts at once: the task was to end the workflow when one more signal came
 * in, or more than 100 came in while it ran (history.maximumBufferedEventsBatch). It gives the task again with all of them: 3 events each.
 */
const HARMLESS = [1, 17]; // WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND, WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND

let temporal: Temporal;
let reporting: WorkflowBundle; // the real line and promotion, over rollouts that only report
beforeAll(async () => {
  temporal = await startTemporal();
  const workflowsPath = require.resolve('./reporting/index.ts');
  reporting = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
});
afterAll(() => temporal?.stop());

async function historyOf(handle: WorkflowHandle) {
  const events = (await handle.fetchHistory()).events ?? [];
  return {
    events: events.length,
    signals: events.filter((event) => event.workflowExecutionSignaledEventAttributes).length,
    failedTasks: events.flatMap(({ workflowTaskFailedEventAttributes: failed }) => (failed ? [failed.cause ?? 0] : [])),
  };
}

/** The histories of numbered workflows, as many as there are. */
async function numbered(idOf: (number: number) => string) {
  const { workflow } = temporal.client;
  const histories: Awaited<ReturnType<typeof historyOf>>[] = [];
  for (let number = 1; ; number++) {
    const there = await workflow
      .getHandle(idOf(number))
      .describe()
      .catch(() => undefined);
    if (!there) return histories;
    histories.push(await historyOf(workflow.getHandle(idOf(number))));
  }
}

/** The line of a model promotes to so many regions, whose rollouts only report; once all has ended, the histories are read. */
async function counted(regions: readonly string[], play: (stage: Stage) => Promise<void>) {
  const fleet = await memoryFleet({ regions, first: true, policy: { waves: [], windowMs: 3_600_000 } });
  const { model } = fleet;
  const stage = new Stage(temporal, fleet);
  try {
    await stage.startControl(reporting);
    await stage.promote();
    await until(
      'the promotion is there',
      () => stage.status(EPOCH),
      ({ phase }) => phase === 'rolling-out',
      PATIENT,
    );
    await play(stage);
    await stage.promotion(EPOCH).result();
    await until(
      'the line knows',
      () => stage.lineState(),
      ({ current }) => current === null,
    );
    const { outcome } = await stage.status(EPOCH);
    const [promotion, line] = [await historyOf(stage.promotion(EPOCH)), await historyOf(stage.line)];
    const fanOuts = await numbered((number) => fanOutId(model, EPOCH, number));
    const surveys = await numbered((number) => surveyId(model, 1, number));
    return { outcome, promotion, line, fanOuts, surveys };
  } finally {
    await stage.close();
  }
}

function expectShort({ promotion, line, fanOuts, surveys }: Awaited<ReturnType<typeof counted>>): void {
  for (const { events, failedTasks } of [promotion, line, ...fanOuts, ...surveys]) {
    expect(events).toBeLessThan(SUGGESTED);
    expect(failedTasks.filter((cause) => !HARMLESS.includes(cause))).toEqual([]);
  }
}

const regions = Array.from({ length: MAX_REGIONS }, (_, at) => `r-${at + 1}`);

describe('histories', () => {
  it('stay short: a line, a promotion of three regions and one of its rollouts', async () => {
    await onStage(temporal, await memoryFleet(), async (stage) => {
      await stage.promote();
      await expect(stage.ends()).resolves.toMatchObject({ outcome: 'live' });
      expect((await historyOf(stage.line)).events).toBeLessThan(120);
      expect((await historyOf(stage.promotion())).events).toBeLessThan(200);
      expect((await historyOf(stage.rollout('ap-south'))).events).toBeLessThan(160);
    });
  });

  it(
    'hold a promotion of 500 regions that goes live, its line and its fan-outs',
    async () => {
      const histories = await counted(regions, async () => undefined);
      expect(histories.outcome).toBe('live');
      expect(histories.promotion.signals).toBe(3 * MAX_REGIONS); // live, a last look, ended: it is the real thing that is counted
      expect(histories.fanOuts).toHaveLength(12); // ten that start 50 each, two that tell all
      expect(histories.surveys).toHaveLength(5);
      expectShort(histories);
    },
    MINUTES,
  );

  it(
    'hold a promotion of 500 regions that is taken back from live while the last looks are taken',
    async () => {
      const abort = async (stage: Stage) => {
        const allButOne = 2 * MAX_REGIONS - 1; // each is live, and all but one have given a last look
        await until(
          'it waits for one',
          () => historyOf(stage.promotion(EPOCH)),
          ({ signals }) => signals >= allButOne,
          PATIENT,
        );
        const promotion = promotionId(stage.fleet.model, EPOCH);
        const statement = stage.statement('ada', { verb: 'abort', promotion });
        await stage.promotion(EPOCH).executeUpdate(abortUpdate, { args: [statement] });
      };
      const histories = await counted([...regions.slice(1), 'slow-1'], abort);
      expect(histories.outcome).toBe('rolled-back');
      expect(histories.promotion.signals).toBeGreaterThan(4 * MAX_REGIONS);
      expectShort(histories);
    },
    MINUTES,
  );
});
