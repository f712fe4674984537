import { CancelledFailure, condition, patched, type CancellationScope } from '@temporalio/workflow';
import { nowMs } from './clock';
import { foundNoWorker } from './failures';
import type { RolloutAccount } from './rollout-account';

/** Whether a region's workers take its work: shown as `unreachable since` where they do not, and waited for. */
export class Reachability {
  /** @param probe a region activity without effect that waits long for a worker; another queue has its own */
  constructor(
    private readonly account: RolloutAccount,
    private readonly forward: CancellationScope,
    private readonly patienceMs: number,
    private readonly probe: () => Promise<void>,
  ) {}

  /**
   * Repeats forward work for as long as no worker takes it. Meanwhile one probe waits in the queue: an order is given afresh once there is
   * a worker (contract 5), and a region that is away for weeks costs 6 events an hour. Nothing follows once forward work is cancelled.
   */
  async reach<T>(call: () => Promise<T>, probe = this.probe): Promise<T> {
    for (;;) {
      const startedMs = nowMs();
      try {
        const result = await call();
        if (this.forward.consideredCancelled) throw new CancelledFailure('ended well after all; nothing follows it');
        this.show(null);
        return result;
      } catch (err) {
        if (!foundNoWorker(err)) throw err;
        this.show(Math.max(startedMs, nowMs() - this.patienceMs)); // a watch may have gone well for hours before
        await untilAnswered(probe);
        if (patched('reachable-when-probed-2026-11')) this.show(null); // the work itself may take hours
      }
    }
  }

  /** Waits for an undo without limit; the region shows as unreachable once it takes longer than forward work would wait. */
  async watched<T>(undoing: Promise<T>): Promise<T> {
    const startedMs = nowMs();
    let done = false;
    const settled = undoing.finally(() => void (done = true));
    if (!(await condition(() => done, this.patienceMs))) this.show(startedMs);
    return settled.finally(() => this.show(null));
  }

  private show(sinceMs: number | null): void {
    const { account } = this;
    if (sinceMs !== null && account.unreachableSinceMs !== null) return;
    if (sinceMs === account.unreachableSinceMs) return;
    account.unreachableSinceMs = sinceMs;
    account.report();
  }
}

async function untilAnswered(probe: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await probe();
    } catch (err) {
      if (!foundNoWorker(err)) throw err;
    }
  }
}
