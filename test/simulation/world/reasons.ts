import type { RolloutStatus } from '../../../workflows/contract';
import type { WorkflowRun } from '../sdk/workflow-run';
import type { Journal } from './journal';
import type { Laws } from './laws';
import type { Truth } from './truth';

const ENTRIES = 3; // of a step whose lease lapsed

/** Holds the reason for which a rollout went back against what the law has seen of it. */
export function reasonable(laws: Laws, run: WorkflowRun, journal: Journal, left: Truth, isUsurped: boolean): void {
  const { id } = run;
  const { reason } = laws.statusOf(id) as RolloutStatus;
  const text = reason?.text ?? '';
  const freight = laws.plans.get(journal.epoch)?.freight.digest ?? null;
  if (/SCHEDULE_TO_(START|CLOSE)/.test(text)) laws.breaks('contract 3: unreachable is no fault', id);
  const isItsOwn = /^the (canary's )?lease lapsed/.test(text); // not that of the region that took the promotion back
  if (isItsOwn && journal.lapses < ENTRIES) {
    laws.breaks('contract 5: entered again twice, then rolled back', `${id} ${journal.lapses}`);
  }
  if (isUsurped && left.stables.includes(freight) && !journal.found.stables.includes(freight)) {
    laws.breaks('contract 5: a foreign route that serves our freight is stuck', id);
  }
  if (journal.fencedOut && !journal.toldBack && !run.root.consideredCancelled) {
    laws.breaks('contract 3: who is fenced out is superseded', id);
  }
}
