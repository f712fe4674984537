import { CancellationScope, condition, isCancellation, log, setHandler, sleep } from '@temporalio/workflow';
import type { RestoreRouteInput } from '../activities/route';
import type { Stamp } from '../activities/stamp';
import { holderOf } from '../domain/ids';
import type { Reason, RegionOutcome } from '../domain/phase';
import { nowMs } from './clock';
import { rolloutId, rolloutQuery, type RolloutInput } from './contract';
import { failureType, faultOf, seenEpoch } from './failures';
import { Orders } from './orders';
import { controlActivities, regionActivities } from './region-activities';
import { Reachability } from './reachability';
import { bringLive } from './region-runbook';
import { RolloutAccount } from './rollout-account';
import { Saga, type Undo } from './saga';
import type { Stop } from './stop';

const CLEAN_UPS = 5; // after the commit, a minute apart: a disk that is full then has room again, or a person has to look
const CLEAN_UP_PAUSE_MS = 60_000;

/** Brings one freight live in one region, or leaves the region as it found it; waits for a person if it can do neither. */
export async function regionRollout(input: RolloutInput): Promise<RegionOutcome> {
  const { model, epoch, region, freight, attempt, keepPrevious } = input;
  const rollout = rolloutId(model, epoch, region);
  const holder = holderOf(model, epoch, region, attempt);
  const act = regionActivities(region, input.patienceMs);
  const control = controlActivities();
  const account = new RolloutAccount(input);
  const forward = new CancellationScope();
  const orders = new Orders(input.gated, {
    serves: () => account.serves,
    onRollBack: () => forward.cancel(),
    onRefused: () => account.refuse(orders.refusedAsk),
  });
  const reachability = new Reachability(account, forward, input.patienceMs, () => act.ping());
  const reach = <T>(call: () => Promise<T>, probe?: () => Promise<void>) => reachability.reach(call, probe);
  const saga = new Saga(runUndo);
  const needs = { input, rollout, holder, act, control, account, orders, saga, stamp, reach };
  let seq = 0;
  setHandler(rolloutQuery, () => ({ ...account.status(), notUndone: isGoingBack() ? saga.owed() : [] }));

  let stopped: Stop | null | undefined;
  const journey = forward
    .run(() => bringLive(needs))
    .then(
      (stop) => void (stopped = stop),
      (err: unknown) => void (stopped = stopFor(err)),
    );
  const cancelled = await condition(() => stopped !== undefined || orders.rollBack !== null).catch(cancelForward);
  if (stopped === null && !cancelled && !orders.rollBack) return finish('live');
  return CancellationScope.nonCancellable(rollBack);

  /** Make safe first, waiting for nothing; then clean up, once the forward activity has ended. */
  async function rollBack(): Promise<RegionOutcome> {
    const superseded = stopped?.kind === 'superseded';
    account.staleEpoch = stopped?.kind === 'superseded' ? stopped.seen : null;
    account.reason = reasonToRollBack();
    account.enter('rolling-back');
    account.report();
    if (superseded) handOver();
    else await makeSafe();
    await journey;
    for (;;) {
      account.notUndone = await reachability.watched(saga.rollBack());
      if (account.notUndone.length === 0) break;
      account.enter('stuck', 'a person to retry it, or to skip it and so accept what is left undone');
      account.report();
      // A region that may still serve the new version cannot be accepted as it is: the route is tried once more.
      if ((await orders.settled()) === 'accept' && account.mayAccept) return finish('stuck');
      account.enter('rolling-back');
      if (account.safeAtMs === null) await makeSafe(); // not behind a newer undo that fails once more
    }
    markSafe();
    return finish(superseded ? 'superseded' : orders.rollBack?.skipped ? 'skipped' : 'rolled-back');
  }

  function isGoingBack(): boolean {
    return account.phase === 'rolling-back' || account.phase === 'stuck' || account.outcome === 'stuck';
  }

  /** What we left is what the newer epoch found: its to keep or to take back. */
  function handOver(): void {
    saga.handOver();
    markSafe();
  }

  async function makeSafe(): Promise<void> {
    if (await reachability.watched(saga.makeSafe())) markSafe();
  }

  function markSafe(): void {
    if (account.safeAtMs !== null) return; // told already, or about to be with the end
    account.safeAtMs = nowMs();
    account.report();
  }

  function reasonToRollBack(): Reason {
    if (orders.rollBack && stopped?.kind !== 'reason') return orders.rollBack.reason;
    if (stopped?.kind === 'reason') return stopped.reason;
    if (stopped?.kind === 'superseded') return { kind: 'fault', text: 'a newer promotion took the region over' };
    return { kind: 'aborted', text: 'the workflow was cancelled' };
  }

  async function finish(outcome: RegionOutcome): Promise<RegionOutcome> {
    return CancellationScope.nonCancellable(async () => {
      account.outcome = outcome;
      account.weightPct = outcome === 'live' ? 100 : 0;
      account.enter('ended');
      account.report();
      if (outcome !== 'superseded' && account.found) await control.recordRow(account.row('ended', stamp()));
      if (outcome === 'live') await cleanUp(); // last: a region that is away now keeps neither its promotion nor the lane
      await account.told();
      return outcome;
    });
  }

  /** What is committed stays. Waits for its region without limit; one that fails for good (a full disk) is tried again, then logged and left. */
  async function cleanUp(): Promise<void> {
    for (let tries = 1; tries <= CLEAN_UPS; tries++) {
      try {
        return await act.finalizeRegion({ model, epoch, freight, holder, found: account.whatWasFound, keepPrevious });
      } catch (err) {
        log.error('the clean-up after the commit failed', { tries, err });
        if (tries < CLEAN_UPS) await sleep(CLEAN_UP_PAUSE_MS);
      }
    }
  }

  function stamp(): Stamp {
    return { epoch, seq: ++seq };
  }

  async function restoreRoute(input: Omit<RestoreRouteInput, 'stamp'>): Promise<void> {
    try {
      await act.restoreRoute({ ...input, stamp: stamp() });
    } catch (err) {
      account.isForeign = failureType(err) === 'ForeignRoute';
      throw err;
    }
  }

  async function runUndo(undo: Undo): Promise<void> {
    switch (undo.activity) {
      case 'releaseClaims':
        return act.releaseClaims(undo.input);
      case 'unload':
        return act.unload({ ...undo.input, settled: account.isLoaded });
      case 'restoreRoute':
        return restoreRoute(undo.input);
      case 'restorePointer':
        return act.restorePointer({ ...undo.input, stamp: stamp() });
    }
  }

  function stopFor(err: unknown): Stop {
    if (isCancellation(err)) return { kind: 'reason', reason: orders.rollBack?.reason ?? reasonCancelled() };
    const type = failureType(err);
    if (type === 'StaleEpoch' || type === 'Superseded') return { kind: 'superseded', seen: seenEpoch(err) };
    log.warn('forward work failed', { err });
    return { kind: 'reason', reason: faultOf(err) };
  }

  function reasonCancelled(): Reason {
    return { kind: 'aborted', text: 'the workflow was cancelled' };
  }

  function cancelForward(err: unknown): boolean {
    if (!isCancellation(err)) throw err;
    forward.cancel();
    return true;
  }
}
