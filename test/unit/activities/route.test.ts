import { MockActivityEnvironment } from '@temporalio/testing';
import { routing } from '../../../activities/route';
import { MemoryInference } from '../../../adapters/inference/memory';
import { MemoryRouterNode } from '../../../adapters/router/memory';
import { MODEL, NEW, NODE, OLD, ROLLOUT, token } from '../../support/gateway';

const node = () => new MemoryRouterNode(NODE, () => ({ nowMs: 0, wallMs: 0 }));

async function restore(router: MemoryRouterNode): Promise<void> {
  const { restoreRoute } = routing({ routers: [router], inference: new MemoryInference() });
  const found = [{ id: NODE, generation: 7, stable: OLD }];
  const input = { model: MODEL, rollout: ROLLOUT, stamp: { epoch: 2, seq: 9 }, found, freight: NEW };
  await new MockActivityEnvironment({ attempt: 1 }).run(restoreRoute, input);
}

describe('restoring a route', () => {
  it('tells a gateway again that has lost its state, and so shows a lower epoch', async () => {
    const router = node();
    await restore(router);
    expect(router.row(MODEL).route).toMatchObject({ stable: OLD, epoch: 2, cause: 'restore' });
  });

  it('leaves a newer promotion its route, and does not call it restored where that serves our freight', async () => {
    const [other, ours] = [node(), node()];
    const flip = { token: token(3, 1), rollout: 'rollout/fraud/3/eu-north', generation: 0, cause: 'flip' as const };
    await other.write(MODEL, { ...flip, traffic: { stable: OLD } });
    await ours.write(MODEL, { ...flip, traffic: { stable: NEW } });
    await restore(other);
    expect(other.row(MODEL).route).toMatchObject({ epoch: 3, generation: 1 });
    await expect(restore(ours)).rejects.toMatchObject({ type: 'ForeignRoute' });
  });
});
