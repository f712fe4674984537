import { ActivityCancellationType, proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { ControlActivities, RegionActivities } from '../activities';
import type { RegionId } from '../domain/ids';
import { CONTROL_QUEUE, gpuQueue, regionQueue } from './contract';

/** What every kind of forward work must bound: one attempt, its silence, and the whole with all retries. */
interface Bounds extends Required<Pick<ActivityOptions, 'startToCloseTimeout' | 'heartbeatTimeout'>> {
  readonly wholeMs: number; // without the wait for a worker that is away: an outage is no fault
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

// How often to retry is left to the SDK's default (unlimited) within `wholeMs`; what must not be retried says so
// itself, through FAILURES. A heartbeat is also how cancellation arrives. Silence of a watch: 5 s (contract 5); of a transfer: more
// than the 30 s after which a store calls a stream stalled.
const QUICK: Bounds = { startToCloseTimeout: '10s', heartbeatTimeout: '10s', wholeMs: 15 * MINUTE_MS };
const ORDER: Bounds = { startToCloseTimeout: '5s', heartbeatTimeout: '5s', wholeMs: 5 * MINUTE_MS };
const GPU: Bounds = { startToCloseTimeout: '30m', heartbeatTimeout: '1m', wholeMs: 2 * HOUR_MS };
const LOAD: Bounds = { startToCloseTimeout: '1h', heartbeatTimeout: '1m', wholeMs: 4 * HOUR_MS };
const TRANSFER: Bounds = { startToCloseTimeout: '24h', heartbeatTimeout: '35s', wholeMs: 7 * DAY_MS };
const WATCH: Bounds = { startToCloseTimeout: '30d', heartbeatTimeout: '5s', wholeMs: 30 * DAY_MS };

const PROMPT_RETRY = { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '5s' } as const;
// Half an order may have taken hold, on some nodes or without its pointer, and nobody watches meanwhile: after about a minute it goes back.
const ORDER_RETRY = { ...PROMPT_RETRY, maximumAttempts: 12 } as const;

/**
 * The activities of one region, each with the bounds of its kind of work. `patienceMs` is how long forward work waits for a worker;
 * undos have no limit on waiting: an outage of the link is not a failure (contract 3).
 */
export function regionActivities(region: RegionId, patienceMs: number) {
  const forward = (
    { wholeMs, ...bounds }: Bounds,
    taskQueue = regionQueue(region),
    more: Partial<ActivityOptions> = {},
  ) =>
    proxyActivities<RegionActivities>({
      taskQueue,
      scheduleToStartTimeout: patienceMs,
      scheduleToCloseTimeout: wholeMs + patienceMs,
      retry: PROMPT_RETRY,
      ...bounds,
      ...more,
    });
  const undo = proxyActivities<RegionActivities>({
    taskQueue: regionQueue(region),
    startToCloseTimeout: '30s',
    retry: PROMPT_RETRY,
  });
  const restore = proxyActivities<RegionActivities>({
    taskQueue: regionQueue(region),
    startToCloseTimeout: '5s',
    retry: PROMPT_RETRY,
  });
  const watched = { cancellationType: ActivityCancellationType.TRY_CANCEL }; // its token shuts out what it may still do
  const { fenceRegion, reserve } = forward(QUICK);
  const probe = (taskQueue: string) =>
    forward(QUICK, taskQueue, { scheduleToStartTimeout: '1h', scheduleToCloseTimeout: '2h' }).ping;
  const [ping, pingGpu] = [probe(regionQueue(region)), probe(gpuQueue(region))];
  const { setWeight, flip, point, readRoutes } = forward(ORDER, regionQueue(region), { retry: ORDER_RETRY });
  const { replicate, verify } = forward(TRANSFER);
  const { load } = forward(LOAD);
  const { validate } = forward(GPU, gpuQueue(region));
  const { watch, awaitCounters } = forward(WATCH, regionQueue(region), watched);
  const { restoreRoute } = restore;
  const { restorePointer, unload, releaseClaims, finalizeRegion } = undo;
  return {
    ...{
      fenceRegion,
      reserve,
      replicate,
      verify,
      load,
      validate,
      readRoutes,
      setWeight,
      watch,
      awaitCounters,
      flip,
      point,
      ping,
      pingGpu,
    },
    ...{ restoreRoute, restorePointer, unload, releaseClaims, finalizeRegion },
  };
}

/** Takes the inventory of a region for a plan: 10 seconds, then the plan says `unknown` (contract 7). */
export function inventoryActivities(region: RegionId) {
  const { takeInventory } = proxyActivities<RegionActivities>({
    taskQueue: regionQueue(region),
    scheduleToCloseTimeout: '10s',
    retry: { maximumAttempts: 2 },
  });
  return { takeInventory };
}

/** The activities of the control side. */
export function controlActivities() {
  const quick = { taskQueue: CONTROL_QUEUE, startToCloseTimeout: '30s', retry: PROMPT_RETRY } as const;
  const {
    fenceRow,
    recordRow,
    recordPromotion,
    recordDigest,
    recordEvent,
    highestEpoch,
    loadRules,
    describe,
    leftBy,
    standingOf,
  } = proxyActivities<ControlActivities>(quick);
  const { resolvePlan, forecastPlan, notify } = proxyActivities<ControlActivities>({
    ...quick,
    scheduleToCloseTimeout: '2m',
  });
  // A person waits for this one: within seconds he reads which part does not answer. What a registry offers waits for two minutes.
  const { resolvePlan: resolvePlanPromptly } = proxyActivities<ControlActivities>({
    ...quick,
    scheduleToCloseTimeout: '12s',
  });
  const { pollRegistry } = proxyActivities<ControlActivities>({ ...quick, scheduleToCloseTimeout: '5m' });
  const { upload } = proxyActivities<ControlActivities>({
    taskQueue: CONTROL_QUEUE,
    startToCloseTimeout: '24h',
    heartbeatTimeout: '1m',
    scheduleToCloseTimeout: '7d',
    retry: PROMPT_RETRY,
  });
  return {
    ...{
      fenceRow,
      recordRow,
      recordPromotion,
      recordDigest,
      recordEvent,
      highestEpoch,
      loadRules,
      describe,
      leftBy,
      standingOf,
    },
    ...{ resolvePlan, resolvePlanPromptly, forecastPlan, notify, pollRegistry, upload },
  };
}
