import { Context } from '@temporalio/activity';
import type { ModelName } from '../domain/ids';
import type { ControlPorts } from '../ports';
import type { Standing } from '../ports/engine';

export interface PollInput {
  readonly models: readonly ModelName[];
}

type Needs = Pick<ControlPorts, 'engine' | 'configuration' | 'registryOf'>;

export function lookout({ engine, configuration, registryOf }: Needs) {
  return { describe, stillRunning, standingOf, pollRegistry };

  /** Whether a workflow still runs: the line looks after its promotion with it, once a minute. Reads only. */
  async function describe({ workflowId }: { readonly workflowId: string }): Promise<'running' | 'closed' | 'gone'> {
    return engine.describe(workflowId);
  }

  /** Which of these workflows still run. Reads only. */
  async function stillRunning({ workflowIds }: { readonly workflowIds: readonly string[] }): Promise<string[]> {
    const running: string[] = [];
    for (const id of workflowIds) if ((await engine.describe(id)) === 'running') running.push(id);
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
