import { ScheduleNotFoundError, ScheduleOverlapPolicy, WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { ModelName } from '../domain/ids';
import type { Configuration } from '../ports/configuration';
import { CONTROL_QUEUE, configuredSignal, lineId } from '../workflows/contract';

const SYNC_MS = 5_000; // how soon what was applied takes hold: in the lines, and in the polls

interface Watch {
  readonly id: string; // `watch/<registry>/<repository>`
  readonly everyMs: number;
  readonly models: readonly ModelName[];
}

/**
 * Keeps what runs in step with what is installed: one Temporal Schedule for each followed repository, the backstop of the registry's
 * hooks; and each line is told when its model's file or the roster has changed, for an idle line reads neither by itself.
 */
export function followConfiguration(
  client: Client,
  configuration: Configuration,
  log: Pick<Logger, 'warn'>,
  everyMs = SYNC_MS,
): { stop(): void } {
  const known = new Map<string, string>();
  const sync = async () => {
    for (const watch of await watches(configuration)) {
      const wanted = JSON.stringify(watch);
      if (known.get(watch.id) === wanted) continue;
      await ensure(client, watch);
      known.set(watch.id, wanted);
    }
    for (const { model, installed } of await lines(configuration)) {
      if (known.get(lineId(model)) === installed) continue;
      await tell(client, model);
      known.set(lineId(model), installed);
    }
  };
  const attempt = () =>
    void sync().catch((err: unknown) => log.warn({ err: String(err) }, 'what is installed could not be followed'));
  attempt();
  const timer = setInterval(attempt, everyMs);
  return { stop: () => clearInterval(timer) };
}

/** What each model's line goes by. One file that is not sound keeps no other line from hearing. */
async function lines(configuration: Configuration) {
  const { version } = await configuration.roster();
  const digestOf = (model: ModelName) =>
    configuration.model(model).then(
      ({ digest }) => digest,
      () => 'not sound',
    );
  const models = await configuration.models();
  return Promise.all(models.map(async (model) => ({ model, installed: `${await digestOf(model)} ${version}` })));
}

/** A model without a line has nobody to tell. */
async function tell(client: Client, model: ModelName): Promise<void> {
  const line = client.workflow.getHandle(lineId(model));
  await line.signal(configuredSignal).catch((err: unknown) => {
    if (!(err instanceof WorkflowNotFoundError)) throw err;
  });
}

async function watches(configuration: Configuration): Promise<readonly Watch[]> {
  const { registry } = (await configuration.fleet()).value.hub;
  const place = registry.kind === 'oci' ? new URL(registry.url).host : 'layout';
  const byRepository = new Map<string, Watch>();
  for (const model of await configuration.models()) {
    const { source, pollMs } = (await configuration.model(model)).value;
    if (pollMs <= 0 || source.tags.length === 0) continue;
    const id = `watch/${place}/${source.repository}`;
    const before = byRepository.get(id);
    const models = [...(before?.models ?? []), model].sort();
    byRepository.set(id, { id, models, everyMs: Math.min(pollMs, before?.everyMs ?? pollMs) });
  }
  return [...byRepository.values()];
}

async function ensure(client: Client, { id, everyMs, models }: Watch): Promise<void> {
  const spec = { intervals: [{ every: everyMs }] };
  const action = {
    type: 'startWorkflow',
    workflowType: 'registryWatch',
    workflowId: id,
    args: [{ models }],
    taskQueue: CONTROL_QUEUE,
  } as const;
  const policies = { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1m' } as const;
  const handle = client.schedule.getHandle(id);
  try {
    await handle.describe();
    await handle.update((before) => ({ ...before, spec, action, policies }));
  } catch (err) {
    if (!(err instanceof ScheduleNotFoundError)) throw err;
    await client.schedule.create({ scheduleId: id, spec, action, policies });
  }
}
