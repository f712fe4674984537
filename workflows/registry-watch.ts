import { log } from '@temporalio/workflow';
import type { ModelName } from '../domain/ids';
import { controlActivities } from './region-activities';

interface RegistryWatchInput {
  readonly models: readonly ModelName[]; // those that follow the repository
}

/** One poll of a repository: the backstop of the registry's hooks. Started by the schedule `watch/<registry>/<repository>`. */
export async function registryWatch({ models }: RegistryWatchInput): Promise<void> {
  const troubles = await controlActivities().pollRegistry({ models });
  for (const trouble of troubles) log.warn('a followed tag could not be polled', { trouble });
}
