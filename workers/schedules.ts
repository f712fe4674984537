import { ScheduleNotFoundError, ScheduleOverlapPolicy, type Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { ModelName } from '../domain/ids';
import type { Configuration } from '../ports/configuration';
import { CONTROL_QUEUE } from '../workflows/contract';

const SYNC_MS = 30_000; // how soon a policy that was applied is polled for

interface Watch {
  readonly id: string; // `watch/<registry>/<repository>`
  readonly everyMs: number;
  readonly models: readonly ModelName[];
}

/** Keeps one Temporal Schedule for each followed repository, as the installed policies ask: the backstop of the registry's hooks. */
export function keepSchedules(client: Client, configuration: Configuration, log: Logger): { stop(): void } {
  const known = new Map<string, string>();
  const sync = async () => {
    for (const watch of await watches(configuration)) {
      const wanted = JSON.stringify(watch);
      if (known.get(watch.id) === wanted) continue;
      await ensure(client, watch);
      known.set(watch.id, wanted);
    }
  };
  const attempt = () =>
    void sync().catch((err: unknown) => log.warn({ err: String(err) }, 'schedules could not be kept'));
  attempt();
  const timer = setInterval(attempt, SYNC_MS);
  return { stop: () => clearInterval(timer) };
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
