import { Context } from '@temporalio/activity';
import type { ModelName } from '../domain/ids';
import type { RegionOutcome } from '../domain/phase';
import type { ControlPorts } from '../ports';
import type { Standing } from '../ports/engine';

export interface LeftByInput {
  readonly promotion: string; // workflow ids
  readonly rollouts: readonly string[];
}
export interface Leftovers {
  readonly fanOuts: readonly string[]; // that still run: they may start rollouts yet, or carry a message
  readonly open: readonly string[]; // rollouts that have not ended; one that cleans up after its commit has
  readonly ends: readonly (RegionOutcome | null)[]; // of the rollouts, once all have ended; null: it never began, or was terminated too
}
export interface PollInput {
  readonly models: readonly ModelName[];
}

type Needs = Pick<ControlPorts, 'engine' | 'configuration' | 'registryOf'>;

export function lookout({ engine, configuration, registryOf }: Needs) {
  return { describe, leftBy, standingOf, pollRegistry };

  /** Whether a workflow still runs: the line looks after its promotion with it, once a minute. Reads only. */
  async function describe({ workflowId }: { readonly workflowId: string }): Promise<'running' | 'closed' | 'gone'> {
    return engine.describe(workflowId);
  }

  /** What a promotion that is gone has left. Reads only. */
  async function leftBy({ promotion, rollouts }: LeftByInput): Promise<Leftovers> {
    const children = await engine.children(promotion);
    const fanOuts = await stillRunning(children.filter((id) => !rollouts.includes(id)));
    const running = await stillRunning(rollouts);
    const ends: Leftovers['ends'][number][] = [];
    for (const some of inGroups(rollouts)) ends.push(...(await Promise.all(some.map((id) => engine.outcome(id)))));
    const open = running.filter((id) => ends[rollouts.indexOf(id)] === null);
    return { fanOuts, open, ends: fanOuts.length + open.length > 0 ? [] : ends };
  }

  async function stillRunning(workflowIds: readonly string[]): Promise<string[]> {
    const running: string[] = [];
    for (const some of inGroups(workflowIds)) {
      const states = await Promise.all(some.map((id) => engine.describe(id)));
      running.push(...some.filter((_, index) => states[index] === 'running'));
    }
    return running;
  }

  /** How a promotion stands, for a hotfix that wants to pass it. Reads only. */
  async function standingOf({ promotion }: { readonly promotion: string }): Promise<Standing | null> {
    return engine.standing(promotion);
  }

  /**
   * Resolves the followed tags of each model and offers what they point to: the backstop of the hooks. Idempotent: the line
   * folds what it has. One model's trouble does not keep the others from being polled.
   *
   * @returns one line a model that could not be polled
   */
  async function pollRegistry({ models }: PollInput): Promise<readonly string[]> {
    const { cancellationSignal: signal, info } = Context.current();
    const registry = registryOf((await configuration.fleet()).value);
    const troubles: string[] = [];
    for (const model of models) {
      try {
        const { repository, tags } = (await configuration.model(model)).value.source;
        for (const tag of tags) {
          const digest = await registry.resolve(repository, tag, signal);
          if (digest) await engine.offer(model, digest, `poll/${info.workflowExecution?.runId}/${tag}`);
        }
      } catch (err) {
        troubles.push(`${model}: ${err instanceof Error ? err.message : String(err)}`);
      }
    }
    return troubles;
  }
}

const AT_ONCE = 16; // questions to the engine: 500 regions are asked within seconds, and nobody else waits for that

function inGroups(ids: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(ids.length / AT_ONCE) }, (_, group) =>
    ids.slice(group * AT_ONCE, (group + 1) * AT_ONCE),
  );
}
