import { CancellationScope, condition } from '@temporalio/workflow';
import type { Stamp } from '../activities/stamp';
import { judgeEvidence } from '../domain/evidence';
import { isFirstVersion, staysLoaded, wantedBy, type Found } from '../domain/found';
import type { Holder } from '../domain/ids';
import type { CanaryStep } from '../domain/model-policy';
import { nowMs } from './clock';
import type { RolloutInput } from './contract';
import { Exposure } from './exposure';
import type { Orders } from './orders';
import type { controlActivities, regionActivities } from './region-activities';
import type { RolloutAccount } from './rollout-account';
import type { Saga } from './saga';
import type { Stop } from './stop';

/** What the way forward works with. */
export interface RunbookNeeds {
  readonly input: RolloutInput;
  readonly rollout: string; // workflow id
  readonly holder: Holder; // of claims and of loaded names
  readonly act: ReturnType<typeof regionActivities>;
  readonly control: ReturnType<typeof controlActivities>;
  readonly account: RolloutAccount;
  readonly orders: Orders;
  readonly saga: Saga;
  readonly stamp: () => Stamp;
  /** Repeats the call for as long as no worker takes it. @param probe of a queue that is not the region's own */
  readonly reach: <T>(call: () => Promise<T>, probe?: () => Promise<void>) => Promise<T>;
}

/** The runbook of one region, in its order; each undo is registered before its effect. @returns null: live, and committed; else why not */
export function bringLive(needs: RunbookNeeds): Promise<Stop | null> {
  const { input, rollout, holder, act, control, account, orders, saga, stamp, reach } = needs;
  const { model, region, freight, keepPrevious } = input;
  return run();

  async function run(): Promise<Stop | null> {
    await control.fenceRow({ model, region, ...stamp() });
    const found = await reach(() => act.fenceRegion({ model, rollout, stamp: stamp() }));
    account.found = found;
    await control.recordRow(account.row('reserving', stamp()));
    await makePresent(found);
    const refused = input.fastTrack ? null : await validate();
    return refused ?? (await exchange(found));
  }

  async function makePresent(found: Found): Promise<void> {
    const freights = wantedBy(freight, found);
    saga.onRollback({ name: 'release claims', activity: 'releaseClaims', input: { holder, freights } });
    const { bytesTotal } = await reach(() => act.reserve({ model, freight, holder, found }));
    account.bytesTotal = bytesTotal;
    account.enter('replicating');
    const startedMs = nowMs();
    const { bytesMoved } = await reach(() => act.replicate({ freight, holder }));
    account.bytesMoved = bytesMoved;
    account.replicateMs = nowMs() - startedMs;
    account.enter('verifying');
    await reach(() => act.verify({ freight }));
    account.enter('loading');
    const stays = staysLoaded(freight, found);
    saga.onRollback({ name: 'unload', activity: 'unload', input: { model, freight, holder, stays } });
    await reach(() => act.load({ model, freight, holder, found }));
    account.isLoaded = true;
    account.enter('validating');
  }

  async function validate(): Promise<Stop | null> {
    const { tolerance } = input.validation;
    const evidence = await reach(
      () => act.validate({ model, freight, tolerance }),
      () => act.pingGpu(),
    );
    account.validation = evidence;
    const verdict = judgeEvidence(evidence, input.validation);
    if (verdict.kind === 'pass') return null;
    return { kind: 'reason', reason: { kind: 'validation', text: verdict.reasons.join('; ') } };
  }

  /** Canary, flip, bake, commit: from here on users may meet the freight. */
  async function exchange(found: Found): Promise<Stop | null> {
    const exposure = new Exposure(needs, found.nodes);
    const steps = input.fastTrack || isFirstVersion(found) ? [] : input.steps;
    await passGate('canary');
    if (steps.length === 0) await passGate('flip');
    const undo = { model, rollout, found: found.nodes, freight };
    saga.onRollback({ name: 'restore route', activity: 'restoreRoute', input: undo });
    for (const [index, step] of steps.entries()) {
      const stop = await exposure.step(step, index === steps.length - 1 ? 'flip' : null);
      if (stop) return stop;
    }
    return (await flip(exposure, found, steps.at(-1))) ?? (await stayUntilCommit(exposure));
  }

  async function flip(exposure: Exposure, found: Found, last: CanaryStep | undefined): Promise<Stop | null> {
    for (let stop = await exposure.flip(); stop; stop = await exposure.flip()) {
      if (stop.kind !== 'again' || !last) return stop;
      const again = await exposure.step(last, 'flip'); // its lease lapsed on the way to the flip
      if (again) return again;
    }
    saga.onRollback({ name: 'restore pointer', activity: 'restorePointer', input: { model, found } });
    await reach(() => act.point({ model, stamp: stamp(), freight, found, keepPrevious }));
    return exposure.bakeFlip();
  }

  async function stayUntilCommit(exposure: Exposure): Promise<Stop | null> {
    account.enter('live', 'the other regions');
    let stop = await whileRecorded((failed) => exposure.guardUntil(() => orders.asked > 0 || failed()));
    while (!stop && !orders.finalize) {
      stop =
        orders.asked > 0
          ? await answer(exposure)
          : await exposure.guardUntil(() => orders.asked > 0 || orders.finalize);
    }
    return stop;
  }

  /**
   * The last look of a round. Nobody guards the region from here to the promotion's next word, which is `finalize`, or soon that the round
   * is void: that the rollout may not decide by itself, for it cannot know whether the commit is on its way.
   */
  async function answer(exposure: Exposure): Promise<Stop | null> {
    const round = orders.asked;
    const stop = await exposure.lastLook();
    if (stop) return stop;
    account.prepared = round;
    account.report();
    await condition(() => orders.finalize || orders.asked !== round);
    return null;
  }

  /** Guards, also for as long as the manifest is down: the row that makes the region count as live is written beside it. */
  async function whileRecorded(guard: (failed: () => boolean) => Promise<Stop | null>): Promise<Stop | null> {
    const scope = new CancellationScope();
    let failed = false;
    const recording = scope.run(() => control.recordRow(account.row('live', stamp()))).then(() => account.report());
    recording.catch(() => void (failed = true));
    let asked: Stop | null | undefined;
    try {
      asked = await guard(() => failed);
    } finally {
      if (asked !== null) scope.cancel(); // it goes back
      await recording.catch((err: unknown) => {
        if (asked === null) throw err;
      });
    }
    return asked;
  }

  async function passGate(point: 'canary' | 'flip'): Promise<void> {
    while (!orders.mayPass(point)) {
      if (!orders.rollBack) account.await(orders.gateOf(point), orders.blockedBy(point));
      await condition(() => orders.mayPass(point)); // asked again: a pause may have come in the same task
    }
  }
}
