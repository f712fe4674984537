import { lookout } from '../../../activities/lookout';
import type { RegionOutcome } from '../../../domain/phase';
import type { ControlPorts } from '../../../ports';

interface Workflow {
  readonly state: 'running' | 'closed' | 'gone';
  readonly outcome?: RegionOutcome;
}

/** What the line is told of a terminated promotion's children, each named by what it does. */
async function leftBy(workflows: Readonly<Record<string, Workflow>>, rollouts: readonly string[]) {
  const engine = {
    children: async () => Object.keys(workflows),
    describe: async (id: string) => workflows[id]?.state ?? 'gone',
    outcome: async (id: string) => workflows[id]?.outcome ?? null,
  };
  const ports = { engine } as unknown as ControlPorts;
  return lookout(ports).leftBy({ promotion: 'promotion/fraud/2', rollouts });
}

describe('what a terminated promotion has left', () => {
  const live: Workflow = { state: 'closed', outcome: 'live' };
  const cleans: Workflow = { state: 'running', outcome: 'live' };
  const goes: Workflow = { state: 'running' };

  it('is open where a rollout has not ended', async () => {
    const left = await leftBy({ live, goes }, ['live', 'goes']);
    expect(left).toEqual({ fanOuts: [], open: ['goes'], ends: [] });
  });

  it('is not open where a rollout only cleans up after its commit: a region that is away does not keep the lane', async () => {
    const left = await leftBy({ live, cleans }, ['live', 'cleans']);
    expect(left).toEqual({ fanOuts: [], open: [], ends: ['live', 'live'] });
  });

  it('is open while a fan-out may yet start rollouts or carry a message', async () => {
    const left = await leftBy({ live, fan: { state: 'running' } }, ['live']);
    expect(left).toEqual({ fanOuts: ['fan'], open: [], ends: [] });
  });

  it('has no end of a rollout that never began', async () => {
    const left = await leftBy({ live }, ['live', 'never']);
    expect(left).toEqual({ fanOuts: [], open: [], ends: ['live', null] });
  });
});
