import type { PromotionOutcome } from '../../../domain/phase';
import {
  lineId,
  rolloutId,
  type LineState,
  type PromotionInput,
  type PromotionStatus,
  type RolloutStatus,
} from '../../../workflows/contract';
import { regionsOf } from '../../../domain/plan';
import type { WorkflowRun } from '../sdk/workflow-run';
import type { World } from '../world';
import { MODEL } from './freights';
import { rolloutOf } from './journal';

/** Every promotion is told of at its end as its regions are, also one that was terminated and cannot say so itself. */
export async function endsAreTold({ engine, laws, witness, manifest }: World): Promise<void> {
  const line = engine.query(lineId(MODEL), 'line') as LineState | undefined;
  const records = await manifest.promotions({ model: MODEL, limit: 1_000 });
  for (const run of engine.runs.values()) {
    if (!run.id.startsWith('promotion/')) continue;
    const { epoch } = run.args[0] as PromotionInput;
    const recorded = records.find((one) => one.epoch === epoch)?.outcome ?? null;
    const status = engine.query(run.id, 'status') as PromotionStatus | undefined;
    const cutShort = run.closed === 'terminated' && status?.phase === 'ended'; // while it wrote its end down
    if (recorded === null && !cutShort) laws.breaks('S14: an end that the manifest was not told', run.id);
    if (status?.committed && status.paused) laws.breaks('contract 2: a pause goes before the commit', run.id);
    if (run.closed !== 'terminated') wasLeftAlone(engine, laws, run);
    if (run.closed !== 'terminated' || status?.phase === 'ended') continue;
    const told = line?.history.find((entry) => entry.epoch === epoch)?.outcome;
    const truly = outcomeOf(run, witness.outcomes);
    if (told !== truly || recorded !== truly)
      laws.breaks('S14: a terminated promotion is told otherwise than its regions are', `${run.id} ${truly} ${told}`);
  }
}

/** No rollout goes back because its promotion was terminated, which it was not. */
function wasLeftAlone(engine: World['engine'], laws: World['laws'], { args }: WorkflowRun): void {
  const { epoch, planned } = args[0] as PromotionInput;
  for (const region of regionsOf(planned.plan)) {
    const id = rolloutId(MODEL, epoch, region);
    const rollout = engine.query(id, 'rollout') as RolloutStatus | undefined;
    if (rollout?.reason?.text.endsWith('was terminated')) laws.breaks('contract 4: never a timer', id);
  }
}

function outcomeOf({ args }: WorkflowRun, outcomes: World['witness']['outcomes']): PromotionOutcome {
  const { epoch, planned } = args[0] as PromotionInput;
  const ends = outcomes.filter(({ id }) => rolloutOf(id)?.epoch === epoch).map(({ outcome }) => outcome);
  const live = ends.filter((end) => end === 'live').length;
  if (live === regionsOf(planned.plan).length) return 'live';
  if (live > 0) return 'live-partial';
  return ends.includes('stuck') ? 'stuck' : 'rolled-back';
}
