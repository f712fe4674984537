import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { MemoryConfiguration } from '../../../adapters/configuration/memory';
import { parseDigest, parseModelName, parseRegionId, type ModelName } from '../../../domain/ids';
import type { Installed } from '../../../ports/configuration';
import type { ModelPolicy } from '../../../domain/model-policy';
import { followConfiguration } from '../../../workers/configuration-follower';
import { fleetOf, policyOf } from '../../support/fleet-policy';

const [FRAUD, CHURN] = [parseModelName('fraud'), parseModelName('churn')];
const LOG = { warn: () => undefined };

/** What is installed, and may change; a client that notes which lines are told. */
class Scene {
  readonly told: string[] = [];
  readonly policies = new Map<ModelName, Installed<ModelPolicy>>([FRAUD, CHURN].map((m) => [m, policyOf(m)]));
  roster = { version: 1, actors: [] };
  rounds = 0;
  lost = 0; // signals that do not arrive
  readonly configuration = Object.assign(new MemoryConfiguration({ fleet: fleetOf([parseRegionId('eu-north')]) }), {
    models: async () => [...this.policies.keys()],
    model: async (model: ModelName) => this.policies.get(model)!,
    roster: async () => {
      this.rounds++; // it is what each begins with
      return this.roster;
    },
  });
  readonly client = {
    workflow: {
      getHandle: (id: string) => ({
        signal: async ({ name }: { readonly name: string }) => {
          if (this.lost-- > 0) throw new Error('Temporal does not answer');
          this.told.push(`${name} ${id}`);
          if (id === 'line/churn') throw new WorkflowNotFoundError('no such line', id, undefined);
        },
      }),
    },
  } as unknown as Client;

  async tells(count: number): Promise<readonly string[]> {
    await until(() => this.told.length >= count);
    const { rounds } = this;
    await until(() => this.rounds >= rounds + 3); // two whole rounds more, which say nothing
    return this.told.splice(0);
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

async function following(play: (scene: Scene) => Promise<void>, scene = new Scene()): Promise<void> {
  const follower = followConfiguration(scene.client, scene.configuration, LOG as never, 1);
  await play(scene).finally(() => follower.stop());
}

describe('what is installed', () => {
  it('is told to every line once, and again to those whose file has changed', async () => {
    await following(async (scene) => {
      await expect(scene.tells(2)).resolves.toEqual(['configured line/fraud', 'configured line/churn']);
      const digest = parseDigest(`sha256:${'b'.repeat(64)}`);
      scene.policies.set(FRAUD, { ...policyOf(FRAUD), digest });
      await expect(scene.tells(1)).resolves.toEqual(['configured line/fraud']);
    });
  });

  it('is told to every line when the roster is another', async () => {
    await following(async (scene) => {
      await scene.tells(2);
      scene.roster = { version: 2, actors: [] };
      await expect(scene.tells(2)).resolves.toHaveLength(2);
    });
  });

  it('is told again where it was not heard', async () => {
    const scene = new Scene();
    scene.lost = 3;
    await following(async () => {
      const told = await scene.tells(2);
      expect([...told].sort()).toEqual(['configured line/churn', 'configured line/fraud']);
    }, scene);
  });

  it('is told to the others where one file is not sound', async () => {
    const scene = new Scene();
    const sound = scene.configuration.model;
    scene.configuration.model = async (model) =>
      model === FRAUD ? Promise.reject(new Error('no YAML')) : sound(model);
    await following(async () => {
      await expect(scene.tells(1)).resolves.toEqual(['configured line/churn']);
    }, scene);
  });
});
