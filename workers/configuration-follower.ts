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
  const inStep = async (id: string, wanted: string, bring: () => Promise<void>) => {
    if (known.get(id) === wanted) return;
    await bring().then(
      () => void known.set(id, wanted),
      (err: unknown) => log.warn({ id, err: String(err) }, 'what is installed could not be followed'),
    );
  };
  const sync = async () => {
    for (const { model, installed } of await lines(configuration))
      await inStep(lineId(model), installed, () => tell(client, model));
    for (const watch of await watches(configuration))
      await inStep(watch.id, JSON.stringify(watch), () => ensure(client, watch));
  };
  let round: Promise<void> | undefined; // one at a time
  const attempt = () => {
    const failed = (err: unknown) => log.warn({ err: String(err) }, 'what is installed could not be read');
    round ??= sync()
      .catch(failed)
      .finally(() => (round = undefined));
  };
  attempt();
  const timer = setInterval(attempt, everyMs);
  return { stop: () => clearInterval(timer) };
}

/** What each model's line goes by. A file that is not sound is told to nobody, and keeps no other line from hearing. */
async function lines(configuration: Configuration) {
  const { version } = await configuration.roster();
  const sound: { readonly model: ModelName; readonly installed: string }[] = [];
  for (const model of await configuration.models()) {
    const policy = await configuration.model(model).catch(() => undefined);
    if (policy) sound.push({ model, installed: `${policy.digest} ${version}` });
  }
  return sound;
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
    const policy = await configuration.model(model).catch(() => undefined);
    if (!policy) continue; // it is not sound: its line says so when somebody offers
    const { source, pollMs } = policy.value;
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
