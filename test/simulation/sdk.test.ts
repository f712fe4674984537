import { ActivityFailure, ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { CancellationScope, Context, condition, defineSignal, proxyActivities, setHandler, sleep } from './sdk';
import { Engine, type Activities } from './sdk/engine';
import { Random } from './sdk/random';
import { Scheduler } from './sdk/scheduler';
import { Station } from './sdk/station';
import { follow } from './sdk/where';

interface Calls {
  work(input: number): Promise<unknown>;
}
const act = (options: object) => proxyActivities(options) as unknown as Calls;
const bounded = { taskQueue: 'region.a', startToCloseTimeout: '10s' };

let pause: (ms: number) => Promise<void> = async () => undefined; // in virtual time, of the run under way

/** Runs one workflow to its end, every delay 1 ms; answers how it ended and when. */
async function runOne(journey: () => Promise<unknown>, activities: Activities, meet?: (engine: Engine) => void) {
  const draw = new Random(7);
  const scheduler = new Scheduler(() => draw.next());
  pause = (ms) => new Promise((resolve) => void scheduler.in(ms, resolve));
  const station = new Station('a', scheduler);
  const bugs: string[] = [];
  const engine = new Engine(
    scheduler,
    {
      delayMs: () => 1,
      deliveries: () => [1],
      stationOf: () => station,
      throttlesHeartbeat: () => false,
      suggestsContinueAsNew: () => false,
      note: () => undefined,
      bug: (what) => void bugs.push(what),
    },
    activities,
  );
  const stop = follow();
  const run = engine.start('one', journey, []);
  meet?.(engine);
  await scheduler.run(() => run?.isClosed === true, { steps: 10_000, ms: 3_600_000 });
  stop();
  return { closed: run?.closed, result: run?.result, nowMs: scheduler.nowMs, bugs };
}
const causeOf = (err: unknown) => (err instanceof ActivityFailure ? err.cause : undefined);

describe('the stand-in, as the SDK,', () => {
  it('retries with backoff, hands heartbeat details on, and stops at what is not to be retried', async () => {
    const seen: unknown[] = [];
    const work = async () => {
      const { info, heartbeat } = Context.current();
      seen.push([info.attempt, info.heartbeatDetails]);
      heartbeat({ done: info.attempt });
      throw info.attempt < 3 ? new Error('not yet') : ApplicationFailure.nonRetryable('never', 'Final');
    };
    const journey = () =>
      act(bounded)
        .work(1)
        .catch((err: unknown) => (causeOf(err) as ApplicationFailure).type);
    const { result, nowMs } = await runOne(journey, { work });
    expect(seen).toEqual([
      [1, undefined],
      [2, { done: 1 }],
      [3, { done: 2 }],
    ]);
    expect(result).toBe('Final');
    expect(nowMs).toBeGreaterThanOrEqual(3_000); // 1 s, then 2 s
  });

  it('times an attempt out that is silent, and lets it go on unheard', async () => {
    let landed = false;
    const work = async () => {
      const { info } = Context.current();
      if (info.attempt > 1) return 'second';
      await new Promise(() => undefined).finally(() => (landed = true));
    };
    const { result } = await runOne(() => act({ ...bounded, heartbeatTimeout: '2s' }).work(1), { work });
    expect([result, landed]).toEqual(['second', false]);
  });

  it.each([
    ['TRY_CANCEL', false],
    ['WAIT_CANCELLATION_COMPLETED', true],
  ])('with %s, waits for the cancelled attempt: %s', async (cancellationType, waits) => {
    let ended = false;
    const work = async () => {
      const { heartbeat, cancellationSignal: signal } = Context.current();
      for (let beat = 0; beat < 50; beat++) {
        await pause(20);
        heartbeat(beat);
        if (signal.aborted) break;
      }
      ended = true;
      throw signal.reason;
    };
    const journey = async () => {
      const scope = new CancellationScope();
      const working = scope.run(() => act({ ...bounded, cancellationType }).work(1));
      const caught = working.catch((err: unknown) => [causeOf(err) instanceof CancelledFailure, ended]);
      await sleep(100);
      scope.cancel();
      return caught;
    };
    const { result } = await runOne(journey, { work });
    expect(result).toEqual([true, waits]);
  });

  it('keeps a signal until its handler is there', async () => {
    const go = defineSignal('go');
    const journey = async () => {
      await sleep(1_000);
      let heard = 0;
      setHandler(go, () => void heard++);
      await condition(() => heard > 0);
      return heard;
    };
    const { result, nowMs } = await runOne(journey, {}, (engine) => void engine.signal('one', 'go', []));
    expect([result, nowMs < 1_010]).toEqual([1, true]);
  });

  it('cancels down into scopes, but not into or below one that shields', async () => {
    const journey = async () => {
      const outer = new CancellationScope();
      const inner = outer.run(() => sleep(5_000).then(String, () => 'cancelled'));
      const shielded = outer.run(() => CancellationScope.nonCancellable(() => sleep(5_000).then(() => 'slept')));
      await sleep(10);
      outer.cancel();
      return Promise.all([inner, shielded]);
    };
    expect((await runOne(journey, {})).result).toEqual(['cancelled', 'slept']);
  });

  it('answers a condition with false when its time is over', async () => {
    const { result, nowMs } = await runOne(() => condition(() => false, 700), {});
    expect([result, nowMs]).toEqual([false, expect.any(Number)]);
    expect(nowMs).toBeGreaterThanOrEqual(700);
  });
});
