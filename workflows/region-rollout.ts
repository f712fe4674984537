import {
  CancellationScope,
  CancelledFailure,
  condition,
  isCancellation,
  log,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type { Stamp } from '../activities/stamp';
import { judgeEvidence } from '../domain/evidence';
import { isFirstVersion, wantedBy, type Found } from '../domain/found';
import { holderOf } from '../domain/ids';
import type { Reason, RegionOutcome } from '../domain/phase';
import { nowMs } from './clock';
import { rolloutId, rolloutQuery, type RolloutInput } from './contract';
import { Exposure, type Stop } from './exposure';
import { failureType, faultOf, foundNoWorker, seenEpoch } from './failures';
import { Orders } from './orders';
import { controlActivities, regionActivities } from './region-activities';
import { RolloutAccount } from './rollout-account';
import { Saga, type Undo } from './saga';

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
  const orders = new Orders(input.gated, () => forward.cancel());
  const saga = new Saga(runUndo);
  let seq = 0;
  setHandler(rolloutQuery, () => ({ ...account.status(), notUndone: isGoingBack() ? saga.owed() : [] }));

  let stopped: Stop | null | undefined;
  const journey = forward.run(bringLive).then(
    (stop) => void (stopped = stop),
    (err: unknown) => void (stopped = stopFor(err)),
  );
  const cancelled = await condition(() => stopped !== undefined || orders.rollBack !== null).catch(cancelForward);
  if (stopped === null && !cancelled && !orders.rollBack) return finish('live');
  return CancellationScope.nonCancellable(rollBack);

  /** The runbook. Null: live, and committed; else why not. */
  async function bringLive(): Promise<Stop | null> {
    await control.fenceRow({ model, region, ...stamp() });
    const found = await reach(() => act.fenceRegion({ model, rollout, stamp: stamp() }));
    account.found = found;
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
    saga.onRollback({ name: 'unload', activity: 'unload', input: { model, freight, holder } });
    await reach(() => act.load({ model, freight, holder }));
    account.enter('validating');
  }

  async function validate(): Promise<Stop | null> {
    const { tolerance } = input.validation;
    const evidence = await reach(() => act.validate({ model, freight, tolerance }));
    account.validation = evidence;
    const verdict = judgeEvidence(evidence, input.validation);
    if (verdict.kind === 'pass') return null;
    return { kind: 'reason', reason: { kind: 'validation', text: verdict.reasons.join('; ') } };
  }

  /** Canary, flip, bake, commit: from here on users may meet the freight. */
  async function exchange(found: Found): Promise<Stop | null> {
    const exposure = new Exposure({ input, rollout, act, account, orders, stamp, reach }, found.nodes);
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

  async function flip(
    exposure: Exposure,
    found: Found,
    last: RolloutInput['steps'][number] | undefined,
  ): Promise<Stop | null> {
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
    await control.recordRow(row('live'));
    account.report();
    const asked = await exposure.guardUntil(() => orders.prepare);
    const stop = asked ?? (await exposure.lastLook());
    if (stop) return stop;
    account.prepared = true;
    account.report();
    await condition(() => orders.finalize);
    return null;
  }

  async function passGate(point: 'canary' | 'flip'): Promise<void> {
    if (orders.mayPass(point)) return;
    account.await(orders.gateOf(point), orders.blockedBy(point));
    await condition(() => orders.mayPass(point));
  }

  /** Make safe first, waiting for nothing; then clean up, once the forward activity has ended. */
  async function rollBack(): Promise<RegionOutcome> {
    const superseded = stopped?.kind === 'superseded';
    account.reason = reasonToRollBack();
    account.enter('rolling-back');
    account.report();
    if (superseded) handOver();
    else await makeSafe();
    await journey;
    for (;;) {
      account.notUndone = await watched(saga.rollBack());
      if (account.notUndone.length === 0) break;
      account.enter('stuck', 'a person: retry, or accept what is left undone');
      account.report();
      // A region that may still serve the new version cannot be accepted as it is: the route is tried once more.
      if ((await orders.settled()) === 'accept' && account.safeAtMs !== null) return finish('stuck');
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
    if (await watched(saga.makeSafe())) markSafe();
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
      if (outcome === 'live') await cleanUp();
      account.outcome = outcome;
      account.clean = outcome !== 'stuck';
      account.weightPct = outcome === 'live' ? 100 : 0;
      account.enter('ended');
      account.report();
      if (outcome !== 'superseded' && account.found) await control.recordRow(row('ended'));
      await account.told();
      return outcome;
    });
  }

  /** What is committed stays: a clean-up that fails for good (a full disk) is tried again, then logged and left. */
  async function cleanUp(): Promise<void> {
    for (let tries = 1; tries <= CLEAN_UPS; tries++) {
      try {
        return await act.finalizeRegion({ model, freight, holder, found: foundOf(), keepPrevious });
      } catch (err) {
        log.error('the clean-up after the commit failed', { tries, err });
        if (tries < CLEAN_UPS) await sleep(CLEAN_UP_PAUSE_MS);
      }
    }
  }

  function row(phase: 'live' | 'ended') {
    const live = phase === 'live' || account.outcome === 'live';
    const found = foundOf();
    const previous = live && found.current !== null ? [found.current, ...found.previous] : found.previous;
    return {
      ...{ model, region, phase, promotion: `promotion/${model}/${epoch}`, outcome: account.outcome, ...stamp() },
      ...{ target: phase === 'live' ? freight : null, live: live ? freight : found.current },
      previous: previous.filter((digest) => digest !== freight).slice(0, keepPrevious),
    };
  }

  function foundOf(): Found {
    return account.found ?? { nodes: [], current: null, previous: [] };
  }

  function stamp(): Stamp {
    return { epoch, seq: ++seq };
  }

  async function runUndo(undo: Undo): Promise<void> {
    switch (undo.activity) {
      case 'releaseClaims':
        return act.releaseClaims(undo.input);
      case 'unload':
        return act.unload(undo.input);
      case 'restoreRoute':
        return act.restoreRoute({ ...undo.input, stamp: stamp() });
      case 'restorePointer':
        return act.restorePointer({ ...undo.input, stamp: stamp() });
    }
  }

  /** Repeats forward work for as long as no worker takes it; the region shows as unreachable meanwhile. */
  async function reach<T>(call: () => Promise<T>): Promise<T> {
    for (;;) {
      const startedMs = nowMs();
      try {
        const result = await call();
        if (forward.consideredCancelled) throw new CancelledFailure('ended well after all; nothing follows it');
        showReachable(null);
        return result;
      } catch (err) {
        if (!foundNoWorker(err)) throw err;
        showReachable(Math.max(startedMs, nowMs() - input.patienceMs)); // a watch may have gone well for hours before
      }
    }
  }

  /** Waits for an undo without limit, and shows the region as unreachable once it takes longer than forward work would wait. */
  async function watched<T>(undoing: Promise<T>): Promise<T> {
    const startedMs = nowMs();
    let done = false;
    const settled = undoing.finally(() => void (done = true));
    if (!(await condition(() => done, input.patienceMs))) showReachable(startedMs);
    return settled.finally(() => showReachable(null));
  }

  function showReachable(sinceMs: number | null): void {
    if (sinceMs !== null && account.unreachableSinceMs !== null) return;
    if (sinceMs === account.unreachableSinceMs) return;
    account.unreachableSinceMs = sinceMs;
    account.report();
  }

  function stopFor(err: unknown): Stop {
    if (isCancellation(err)) return { kind: 'reason', reason: orders.rollBack?.reason ?? reasonCancelled() };
    account.staleEpoch = seenEpoch(err);
    const type = failureType(err);
    if (type === 'StaleEpoch' || type === 'Superseded') return { kind: 'superseded' };
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
