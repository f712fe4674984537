import { condition } from '@temporalio/workflow';
import type { RegionOutcome } from '../../../domain/phase';
import type { RolloutInput } from '../../../workflows/contract';
import { Orders } from '../../../workflows/orders';
import { RolloutAccount } from '../../../workflows/rollout-account';

const FORWARD = ['replicating', 'verifying', 'loading', 'validating', 'flipping', 'baking', 'live'] as const;

const HOOKS = { serves: () => false, onRollBack: () => undefined, onRefused: () => undefined };

/**
 * Tells its promotion what a rollout tells that goes live, or back from live, and nothing else happens: for counting what 500 of them
 * cost a promotion. A region whose name begins with `slow` gives no last look.
 */
export async function regionRollout(input: RolloutInput): Promise<RegionOutcome> {
  const account = new RolloutAccount(input);
  const orders = new Orders(input.gated, HOOKS);
  const back = () => orders.rollBack !== null;
  for (const phase of FORWARD) account.enter(phase);
  account.report();
  for (const gives = !input.region.startsWith('slow'); !orders.finalize && !back();) {
    const isAsked = () => gives && orders.asked > account.prepared;
    await condition(() => isAsked() || orders.finalize || back());
    if (!isAsked() || back()) continue;
    account.prepared = orders.asked;
    account.report();
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
