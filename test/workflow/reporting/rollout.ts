import { condition } from '@temporalio/workflow';
import type { RegionOutcome } from '../../../domain/phase';
import type { RolloutInput } from '../../../workflows/contract';
import { Orders } from '../../../workflows/orders';
import { RolloutAccount } from '../../../workflows/rollout-account';

const FORWARD = ['replicating', 'verifying', 'loading', 'validating', 'flipping', 'baking', 'live'] as const;

/**
 * Tells its promotion what a rollout tells that goes live, or back from live, and nothing else happens: for counting what 500 of them
 * cost a promotion. The number of a region (`r-<n>`) times `flipBakeMs` is how long it takes; `slow-<n>` gives no last look.
 */
export async function regionRollout(input: RolloutInput): Promise<RegionOutcome> {
  const account = new RolloutAccount(input);
  const orders = new Orders(input.gated, () => undefined);
  const back = () => orders.rollBack !== null;
  const [kind, number] = input.region.split('-');
  for (const phase of FORWARD.slice(0, -1)) account.enter(phase);
  await condition(back, 1 + Number(number) * input.flipBakeMs);
  account.enter('live');
  account.report();
  await condition(() => (orders.prepare && kind !== 'slow') || back());
  if (!back()) {
    account.prepared = true;
    account.report();
    await condition(() => orders.finalize || back());
  }
  if (back()) {
    account.enter('rolling-back');
    account.report();
    account.safeAtMs = 1;
    account.report();
  }
  account.outcome = back() ? 'rolled-back' : 'live';
  account.enter('ended');
  account.report();
  await account.told();
  return account.outcome;
}
