import { CancellationScope, CancelledFailure, allHandlersFinished } from '@temporalio/workflow';
import { condition, getExternalWorkflowHandle, isCancellation, log, setHandler } from '@temporalio/workflow';
import type { RegionId } from '../domain/ids';
import type { PromotionOutcome, Reason } from '../domain/phase';
import * as contract from './contract';
import type { PromotionInput } from './contract';
import { nowMs } from './clock';
import { faultOf } from './failures';
import { PromotionBoard } from './promotion-board';
import { LastLooks } from './promotion-commit';
import { PromotionLedger } from './promotion-ledger';
import { idsOf, PromotionRollouts } from './promotion-rollouts';
import { askToSkip } from './promotion-skips';
import { handleUpdates } from './promotion-updates';
import { ConvergenceWindow } from './promotion-window';
import { controlActivities } from './region-activities';

/** Brings one freight live in every region of a plan, wave by wave, or takes it out of every region again. */
export async function promotion(input: PromotionInput): Promise<PromotionOutcome> {
  const { model, epoch, planned, repository } = input;
  const { plan } = planned;
  const control = controlActivities();
  const board = new PromotionBoard(input);
  const ledger = new PromotionLedger(input, board);
  const forward = new CancellationScope();
  const rollouts = new PromotionRollouts(input, board);
  const window = new ConvergenceWindow({ board, rollouts, ledger, turnBack });
  let staleEpoch: number | null = null;
  setHandler(contract.statusQuery, () => board.status());
  setHandler(contract.reportSignal, (report) => board.hear(report));
  const skip = (region: RegionId, why: Reason) => askToSkip([board, rollouts], region, why);
  handleUpdates(input, board, { rollBack: turnBack, pause, resume, settle, skip });

  void ledger.tellNews();
  const reason = await bringLiveEverywhere();
  const outcome = reason ? await CancellationScope.nonCancellable(() => takeBack(reason)) : board.liveOutcome();
  return CancellationScope.nonCancellable(() => end(outcome));

  /** Null: committed. Else why everything has to go back. */
  async function bringLiveEverywhere(): Promise<Reason | null> {
    const journey = forward.run(runbook).then(
      () => null,
      (err: unknown) => board.reason ?? (isCancellation(err) ? cancelledReason() : faultOf(err)),
    );
    const failure = condition(() => board.failed() !== undefined || board.reason !== null).then(
      () => 'failed' as const,
      (): 'cancelled' => 'cancelled',
    );
    const first = await Promise.race([journey, failure]);
    if (board.committed) return CancellationScope.nonCancellable(untilAllHaveEnded);
    if (first !== 'failed' && first !== 'cancelled') return first;
    const why = board.reason ?? (first === 'cancelled' ? cancelledReason() : board.failureReason());
    turnBack(why);
    return why;
  }

  /** What is committed stays, also when the workflow is cancelled after that. */
  async function untilAllHaveEnded(): Promise<null> {
    await condition(() => board.started.every(({ phase }) => phase === 'ended'));
    return null;
  }

  async function runbook(): Promise<void> {
    await ledger.created();
    await control.upload({ repository, freight: plan.freight.digest });
    board.phase = 'rolling-out';
    const gates = keepGates();
    gates.catch(() => undefined); // awaited below; until then a cancellation must not count as unhandled
    for (const wave of plan.waves) {
      await condition(() => !board.paused);
      board.wave++;
      await ledger.waveStarted(board.wave, wave);
      await rollouts.start(wave, whenMayStart);
      await window.until(() => wave.every((region) => isDone(region)));
    }
    await window.until(() => board.all.every((region) => region.phase === 'live' || board.isOut(region)));
    await Promise.race([commit(), gates]);
  }

  async function commit(): Promise<void> {
    board.phase = 'committing';
    const looks = new LastLooks(board, rollouts);
    await looks.given((done, isLate) =>
      window.until(done, isLate, Math.max(board.deadlineAtMs, nowMs() + plan.patienceMs)),
    );
    if (looks.going.length === 0) throw new TypeError('nothing is left to commit');
    if (board.reason || board.failed()) return condition(() => false); // it turns back in this very task
    board.committed = true;
    rollouts.tellAll(idsOf(looks.going), contract.finalizeSignal);
    await CancellationScope.nonCancellable(untilAllHaveEnded);
  }

  async function whenMayStart(): Promise<void> {
    await condition(() => !board.paused);
    if (board.reason) throw new CancelledFailure('turned back'); // in the task in which the last wave was done
  }

  /** Sends regions on whose gates are open, and turns back when a gate's time is over. */
  async function keepGates(): Promise<never> {
    for (;;) {
      const expiry = board.gates.nextExpiry();
      const moved = () => board.advanceable().length > 0 || board.gates.nextExpiry()?.gate.id !== expiry?.gate.id;
      const leftMs = expiry ? Math.max(1, expiry.atMs - nowMs()) : undefined;
      const inTime = leftMs === undefined ? await condition(moved).then(() => true) : await condition(moved, leftMs);
      if (!inTime && expiry) turnBack({ kind: 'rejected', text: `gate ${expiry.gate.id}: nobody answered in time` });
      for (const to of ['canary', 'flip'] as const) {
        const through = board.advanceable().filter((one) => one.to === to);
        for (const { region } of through) board.markAdvanced(region);
        rollouts.tellAll(idsOf(through), contract.advanceSignal, { to });
      }
    }
  }

  function isDone(region: RegionId): boolean {
    const entry = board.of(region);
    return entry !== undefined && (entry.phase === 'live' || board.isOut(entry) || board.isSetAside(entry));
  }

  /** Everything goes back: the same moment, all regions, later waves first (docs/adr/005). Idempotent. */
  function turnBack(reason: Reason): void {
    if (board.committed) return;
    const isUnderWay = board.reason !== null;
    if (isUnderWay && (reason.kind !== 'aborted' || board.reason?.kind !== 'fault')) return;
    board.reason = reason; // a fault may be tried again, an abort not
    if (board.phase !== 'stuck') board.phase = reason.kind === 'aborted' ? 'aborting' : 'rolling-back';
    if (isUnderWay) return;
    forward.cancel();
    rollouts.tellAll(idsOf(board.started).reverse(), contract.rollBackSignal, { reason });
  }

  async function takeBack(reason: Reason): Promise<PromotionOutcome> {
    turnBack(reason);
    await rollouts.settled(); // a child that was being started hears the message only now
    for (let open = board.open; open.length > 0; open = board.open) {
      const stuck = open.filter(({ phase }) => phase === 'stuck').length;
      board.phase = stuck > 0 ? 'stuck' : board.reason?.kind === 'aborted' ? 'aborting' : 'rolling-back';
      const before = open.map(({ region, phase }) => `${region} ${phase}`).join();
      await condition(() => board.open.map(({ region, phase }) => `${region} ${phase}`).join() !== before);
    }
    staleEpoch = Math.max(0, ...board.all.map((region) => region.staleEpoch ?? 0)) || null;
    return board.all.some(({ outcome }) => outcome === 'stuck') ? 'stuck' : 'rolled-back';
  }

  async function end(outcome: PromotionOutcome): Promise<PromotionOutcome> {
    board.outcome = outcome;
    board.phase = 'ended';
    const ended = { epoch, outcome, reason: board.reason, staleEpoch };
    await getExternalWorkflowHandle(contract.lineId(model))
      .signal(contract.endedSignal, ended)
      .catch((err: unknown) => log.warn('the line did not hear the end', { err }));
    await ledger.ended(outcome);
    await condition(allHandlersFinished);
    return outcome;
  }

  function cancelledReason(): Reason {
    return { kind: 'aborted', text: 'the workflow was cancelled' };
  }

  function pause(): void {
    board.paused = true;
    board.turn++;
    rollouts.tellAll(idsOf(board.open), contract.pauseSignal, { turn: board.turn });
  }

  function resume(): void {
    board.paused = false;
    board.turn++;
    rollouts.tellAll(idsOf(board.open), contract.resumeSignal, { turn: board.turn });
  }

  function settle(region: RegionId, choice: contract.Settlement): void {
    void rollouts.tell(region, contract.settleSignal, { choice });
  }
}
