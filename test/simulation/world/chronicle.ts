import type { PromotionInput } from '../../../workflows/contract';
import type { WorkflowRun } from '../sdk/workflow-run';
import type { World } from '../world';
import { rolloutOf } from './journal';
import { truthOf } from './truth';

/** Hands what happens in the engine to those who have to know: the law, the witness, whoever strikes. */
export function listenTo(world: World): void {
  const { engine, witness } = world;
  engine.onAttempt = (attempt) => {
    world.note(`${attempt.task.name} ${attempt.task.run.id}#${attempt.number}`);
    witness.attemptStarts(attempt);
  };
  engine.onClosed = (run) => {
    world.note(`${run.closed} ${run.id} ${String(run.result)}`);
    if (run.closed === 'continued' && run.handlersRunning > 0) {
      world.laws.breaks('contract 4: a line continues when all its handlers have finished', run.id);
    }
    witness.closes(run);
  };
  engine.onStarted = (run) => starts(world, run);
  engine.onScheduled = (task) => witness.schedules(task);
  engine.onBeat = (attempt, details) => witness.beats(attempt, details);
  engine.onSignal = (id, name, args) => {
    witness.hears(id, name, args);
    if (name === 'finalize') world.aside.commits(rolloutOf(id)?.epoch ?? 0);
  };
  engine.onLog = (run, level, message, fields) => {
    if (message === 'phase') enters(world, run, String(fields.phase));
    else world.note(`${level} ${run.id} ${message} ${String(fields.err ?? '')} ${rootOf(fields.err)}`);
  };
}

function starts(world: World, { id, args }: WorkflowRun): void {
  const { laws, regions, witness, crowd } = world;
  const rollout = rolloutOf(id);
  const region = regions.get(rollout?.region ?? '');
  if (rollout && region) {
    laws.began(id, region);
    aloneIn(world, rollout.region, id);
    enters(world, { id }, 'reserving');
  }
  if (!id.startsWith('promotion/')) return;
  const input = args[0] as PromotionInput;
  const { epoch, planned, starter } = input;
  laws.plans.set(epoch, planned.plan);
  witness.starters.set(epoch, starter);
  crowd.promotionStarts(input);
}

/**
 * A region has one rollout under way; what it still writes down when it has ended does not count, nor one that a newer epoch has fenced
 * out before it begins (a hotfix has passed it).
 */
function aloneIn({ engine, laws }: World, region: string, id: string): void {
  for (const other of engine.runs.values()) {
    const its = rolloutOf(other.id);
    if (other.id === id || other.isClosed || its?.region !== region) continue;
    if (its.epoch > (rolloutOf(id)?.epoch ?? 0)) continue;
    const status = engine.query(other.id, 'rollout') as { readonly phase: string } | undefined;
    if (status?.phase !== 'ended') laws.breaks('S2: two rollouts in one region', `${other.id} ${id}`);
  }
}

function enters(world: World, { id }: Pick<WorkflowRun, 'id'>, phase: string): void {
  const { laws, regions, duties, striker, aside } = world;
  const rollout = rolloutOf(id);
  const region = regions.get(rollout?.region ?? '');
  if (!rollout || !region) return;
  region.phase = phase;
  const journal = laws.journals.get(id);
  if (journal && phase === 'ended') {
    journal.left = truthOf(region);
    journal.hasEnded = true;
  }
  if (journal) duties.enters(id, journal, phase);
  world.note(`${region.region.id} ${phase}`);
  striker.phaseBegins(region, phase, rollout.epoch);
  aside.enters(region, phase, rollout.epoch);
}

function rootOf(err: unknown): string {
  return err instanceof Error && err.cause instanceof Error ? `(${err.cause.name} ${err.cause.message})` : '';
}
