import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { LoadedDataConverter } from '@temporalio/common';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow';
import type { PendingActivity } from './engine-client';

type RawActivities = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>;

// temporal.api.enums.v1.PendingActivityState: 1 scheduled, 2 started, 3 cancel requested.
const STATES: Readonly<Record<number, PendingActivity['state']>> = { 2: 'running', 3: 'cancelling' };

/** What a workflow's activities under way said of themselves last, read through the payload codec. */
export function pendingActivities(
  activities: RawActivities,
  converter: LoadedDataConverter,
): Promise<readonly PendingActivity[]> {
  const read = async (raw: RawActivities[number]): Promise<PendingActivity> => {
    const [progress = null] = await decodeArrayFromPayloads(converter, raw.heartbeatDetails?.payloads);
    const seconds = raw.lastHeartbeatTime?.seconds;
    return {
      activity: raw.activityType?.name ?? '',
      state: STATES[Number(raw.state)] ?? 'waiting',
      attempt: Number(raw.attempt ?? 1),
      lastHeartbeatAtMs: seconds
        ? Number(seconds) * 1000 + Math.floor((raw.lastHeartbeatTime?.nanos ?? 0) / 1e6)
        : null,
      progress,
      lastFailure: raw.lastFailure?.message ?? null,
    };
  };
  return Promise.all(activities.map(read));
}
