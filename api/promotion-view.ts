import { promotionId, type PromotionStatus, type RolloutStatus } from '../workflows/contract';
import type { RegionId } from '../domain/ids';
import type { PendingActivity, PromotionKey } from './engine-client';
import { ApiError } from './errors';
import type { ApiPorts } from './ports';
import type { PromotionRecord } from '../ports/manifest';

/** Regions asked at the same time: enough for a screen, few enough for one frontend of Temporal. */
const AT_ONCE = 16;

export interface PromotionView {
  readonly status: PromotionStatus | null; // null: its history is gone, `record` tells how it ended
  readonly record: PromotionRecord | null;
  readonly rollouts: Readonly<Record<RegionId, RolloutStatus>>;
  readonly hub: readonly PendingActivity[]; // what is under way in the hub: the upload
  readonly live: Readonly<Record<RegionId, readonly PendingActivity[]>>; // live evidence, of regions under way
  readonly problems: Readonly<Record<RegionId, string>>; // why a region's rollout is missing above
}

/** One promotion with its regions. A region that cannot be asked is named; it does not hide the others. @throws ApiError 404 */
export async function promotionView(ports: ApiPorts, key: PromotionKey): Promise<PromotionView> {
  const empty = { rollouts: {}, hub: [], live: {}, problems: {} };
  const status = await ports.engine.status(key).catch(async (error: unknown) => {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  });
  if (!status) return { status, record: await recordOf(ports, key), ...empty };

  const hub = status.phase === 'uploading' ? await uploadOf(ports, key) : [];
  const view = { status, record: null, rollouts: {}, hub, live: {}, problems: {} };
  const waiting = status.regions.filter(({ phase }) => phase !== 'pending').map(({ region }) => region);
  const worker = async () => {
    for (let region = waiting.shift(); region !== undefined; region = waiting.shift())
      await addRegion(ports, key, region, view);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, waiting.length) }, worker));
  return view;
}

/** The rest of the promotion is shown without it. */
async function uploadOf({ engine }: ApiPorts, key: PromotionKey): Promise<readonly PendingActivity[]> {
  const pending = await engine.pending(key).catch(() => []);
  return pending.filter(({ activity }) => activity === 'upload');
}

interface Filling {
  readonly rollouts: Record<RegionId, RolloutStatus>;
  readonly live: Record<RegionId, readonly PendingActivity[]>;
  readonly problems: Record<RegionId, string>;
}

async function addRegion({ engine }: ApiPorts, key: PromotionKey, region: RegionId, into: Filling): Promise<void> {
  try {
    const rollout = await engine.rollout(key, region);
    into.rollouts[region] = rollout;
    if (rollout.phase !== 'ended') into.live[region] = await engine.pending(key, region);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return; // being started: it shows as its promotion has it
    into.problems[region] = error instanceof Error ? error.message : String(error);
  }
}

async function recordOf({ manifest }: ApiPorts, { model, epoch }: PromotionKey): Promise<PromotionRecord> {
  const records = await manifest.promotions({ model, limit: 1_000 });
  const record = records.find((one) => one.epoch === epoch);
  if (record) return record;
  throw new ApiError(404, 'NotFound', `there is no ${promotionId(model, epoch)}`, 'see GET /v1/promotions');
}
