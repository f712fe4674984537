import { StopController } from './sdk/attempt';
import type { Scheduler } from './sdk/scheduler';
import { follow } from './sdk/where';
import { World, type Options, type Run } from './world';
import { Coverage } from './world/coverage';
import { fixtures } from './world/freights';
import { START_MS } from './world/people';

/** Timers of activities' own, e.g. of a stalled stream, on virtual time. */
function virtualTimeout(scheduler: Scheduler) {
  return (run: () => void, ms = 0) => {
    let timer = scheduler.in(ms, run);
    const cancel = () => void (timer.cancelled = true);
    const refresh = () => {
      cancel();
      timer = scheduler.in(ms, run);
      return self;
    };
    const self = { cancel, refresh, unref: () => self, ref: () => self };
    return self;
  };
}

/** Lets one world happen, from its seed alone. */
export async function simulate(seed: number, options: Options = {}, coverage = new Coverage()): Promise<Run> {
  const made = await fixtures();
  const rejections: unknown[] = [];
  const onRejection = (err: unknown) => void rejections.push(err);
  process.on('unhandledRejection', onRejection);
  const stop = follow();
  const realNow = Date.now;
  const realTimeout = globalThis.setTimeout;
  const realClear = globalThis.clearTimeout;
  const realController = globalThis.AbortController;
  const world = new World(seed, made, coverage, options);
  Date.now = () => START_MS + world.scheduler.nowMs;
  globalThis.setTimeout = virtualTimeout(world.scheduler) as unknown as typeof setTimeout;
  globalThis.clearTimeout = ((timer?: { cancel(): void }) => timer?.cancel()) as unknown as typeof clearTimeout;
  globalThis.AbortController = StopController as unknown as typeof AbortController;
  try {
    const broken = new Set(await world.run());
    await new Promise((resolve) => setImmediate(resolve));
    if (rejections.length > 0) broken.add(`an unhandled rejection: ${String(rejections[0])}`);
    const { outcomes } = world.witness;
    const { steps, nowMs: virtualMs } = world.scheduler;
    return { seed, broken: [...broken], outcomes, trace: world.trace, steps, virtualMs };
  } finally {
    Date.now = realNow;
    globalThis.setTimeout = realTimeout;
    globalThis.clearTimeout = realClear;
    globalThis.AbortController = realController;
    stop();
    process.removeListener('unhandledRejection', onRejection);
  }
}
