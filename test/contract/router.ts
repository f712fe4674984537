import type { Token } from '../../domain/token';
import type { RouteAnswer, RouterNode } from '../../ports/router';
import { canaryOf, MODEL, NEW, OLD, ROLLOUT, token } from '../support/gateway';

/** A node with nothing routed yet, and what a test may do to it. */
export interface NodeUnderTest {
  readonly node: RouterNode;
  /** Returns when the node's clock has gone on by so much. */
  pass(ms: number): Promise<void>;
  /** Kills the node's process and starts it again. @returns the node that now answers */
  restart(): Promise<RouterNode>;
}

/** The laws of the router port. Every adapter's test calls this with a way to make a node. */
export function routerLaws(make: () => Promise<NodeUnderTest>): void {
  const routeOf = (answer: RouteAnswer) => {
    if (answer.kind !== 'ok') throw new Error(`refused: ${JSON.stringify(answer)}`);
    return answer.route;
  };
  const setStable = async (node: RouterNode) => {
    await node.fence(MODEL, { token: token(1, 1), rollout: ROLLOUT });
    const { route } = await node.read(MODEL);
    const { generation } = route;
    const flip = { token: token(1, 2), rollout: ROLLOUT, generation, cause: 'flip', traffic: { stable: OLD } } as const;
    return routeOf(await node.write(MODEL, flip));
  };
  const canaryWrite = async (node: RouterNode, at: Token, leaseMs: number) => {
    const { generation } = (await node.read(MODEL)).route;
    const traffic = { stable: OLD, canary: canaryOf(5, { leaseMs }) };
    return { token: at, rollout: ROLLOUT, generation, cause: 'step', traffic } as const;
  };
  /** OLD is stable, NEW is a canary that the watch of seq 4 has claimed. */
  const setCanary = async (node: RouterNode, leaseMs: number) => {
    await setStable(node);
    const { generation } = routeOf(await node.write(MODEL, await canaryWrite(node, token(1, 3), leaseMs)));
    return routeOf(await node.claim(MODEL, { token: token(1, 4), generation }));
  };

  it('starts with nothing live and no model', async () => {
    const { node } = await make();
    await expect(node.models()).resolves.toEqual([]);
    await expect(node.read(MODEL)).resolves.toMatchObject({ route: { stable: null, generation: 0, epoch: 0 } });
    await expect(node.models()).resolves.toEqual([]);
  });

  it('moves on by one generation with every write, and lists the model', async () => {
    const { node } = await make();
    const stable = await setStable(node);
    expect(stable).toMatchObject({ stable: OLD, generation: 2, epoch: 1, rollout: ROLLOUT, cause: 'flip' });
    await expect(node.read(MODEL)).resolves.toMatchObject({ route: stable, fence: token(1, 2) });
    await expect(node.models()).resolves.toEqual([MODEL]);
  });

  it('refuses in order: epoch, token, generation; and a refusal changes nothing', async () => {
    const { node } = await make();
    const route = await setCanary(node, 60_000);
    const write = await canaryWrite(node, token(1, 9), 60_000);
    const refusals: [Token, number, object][] = [
      [token(0, 9), 0, { kind: 'stale-epoch', seen: 1 }],
      [token(1, 3), 0, { kind: 'superseded', fence: token(1, 4) }],
      [token(1, 5), route.generation - 1, { kind: 'stale-route', route }],
    ];
    for (const [at, generation, refusal] of refusals) {
      await expect(node.write(MODEL, { ...write, token: at, generation })).resolves.toEqual(refusal);
    }
    await expect(node.read(MODEL)).resolves.toMatchObject({ route, fence: token(1, 4) });
  });

  it('answers a write repeated after a lost reply with what it made', async () => {
    const { node } = await make();
    await setStable(node);
    const write = await canaryWrite(node, token(1, 3), 60_000);
    const first = await node.write(MODEL, write);
    await expect(node.write(MODEL, { ...write, token: token(1, 3, 2) })).resolves.toEqual(first);
  });

  it('drops the canary of a lower token when it is fenced, and says what it found', async () => {
    const { node } = await make();
    const { generation } = await setCanary(node, 60_000);
    const fence = { token: token(2, 1), rollout: 'rollout/fraud/2/eu-north' };
    const found = routeOf(await node.fence(MODEL, fence));
    expect(found).toMatchObject({ stable: OLD, generation: generation + 1, epoch: 2, cause: 'fence', watch: null });
    expect(found.canary).toBeUndefined();
    await expect(node.fence(MODEL, fence)).resolves.toEqual({ kind: 'ok', route: found });
  });

  it('falls back to stable when nobody renews the lease, and never revives', async () => {
    const { node, pass } = await make();
    const { generation } = await setCanary(node, 200);
    await pass(200);
    const { route, clockMs } = await node.read(MODEL);
    expect(route).toMatchObject({ stable: OLD, generation: generation + 1, cause: 'lease' });
    expect(route.canary).toBeUndefined();
    const late = { token: token(1, 4), generation, lookedAtMs: clockMs };
    await expect(node.renew(MODEL, late)).resolves.toEqual({ kind: 'stale-route', route });
  });

  it('holds the canary while its watch renews from its looks', async () => {
    const { node, pass } = await make();
    const { generation } = await setCanary(node, 1_000);
    for (let look = 0; look < 4; look++) {
      await pass(400);
      const { clockMs } = await node.read(MODEL);
      const renewed = await node.renew(MODEL, { token: token(1, 4), generation, lookedAtMs: clockMs });
      expect(renewed).toMatchObject({ kind: 'ok', route: { generation, canary: { weightPct: 5 } } });
    }
  });

  it('lets a successor claim the canary: its predecessor neither renews nor restores', async () => {
    const { node } = await make();
    const { generation } = await setCanary(node, 60_000);
    await node.claim(MODEL, { token: token(1, 4, 2), generation });
    const { clockMs } = await node.read(MODEL);
    const renewal = await node.renew(MODEL, { token: token(1, 4), generation, lookedAtMs: clockMs });
    expect(renewal).toEqual({ kind: 'superseded', fence: token(1, 4, 2) });
    const restore = { token: token(1, 4), rollout: ROLLOUT, generation, cause: 'restore', traffic: { stable: OLD } };
    await expect(node.write(MODEL, { ...restore, cause: 'restore' })).resolves.toMatchObject({ kind: 'superseded' });
  });

  it('keeps row, fence and what remains of the lease over a kill', async () => {
    const { node, restart } = await make();
    const route = await setCanary(node, 60_000);
    const again = await restart();
    await expect(again.read(MODEL)).resolves.toMatchObject({ route, fence: token(1, 4) });
    await expect(again.models()).resolves.toEqual([MODEL]);
    const straggler = await again.fence(MODEL, { token: token(1, 1), rollout: ROLLOUT });
    expect(straggler).toEqual({ kind: 'superseded', fence: token(1, 4) });
    const { clockMs } = await again.read(MODEL);
    const look = { token: token(1, 4), generation: route.generation, lookedAtMs: clockMs };
    await expect(again.renew(MODEL, look)).resolves.toMatchObject({ kind: 'ok' });
  });

  it('does not revive by a restart a canary whose lease ended', async () => {
    const { node, pass, restart } = await make();
    const { generation } = await setCanary(node, 150);
    await pass(150);
    const again = await restart();
    const { route } = await again.read(MODEL);
    expect(route).toMatchObject({ stable: OLD, generation: generation + 1, cause: 'lease' });
    expect(route.canary).toBeUndefined();
  });

  it('keeps the record of a first version that was undone', async () => {
    const { node, restart } = await make();
    await node.fence(MODEL, { token: token(1, 1), rollout: ROLLOUT });
    const to = async (at: Token, cause: 'flip' | 'restore', stable: typeof NEW | null) => {
      const { generation } = (await node.read(MODEL)).route;
      return node.write(MODEL, { token: at, rollout: ROLLOUT, generation, cause, traffic: { stable } });
    };
    await to(token(1, 2), 'flip', NEW);
    await to(token(1, 3), 'restore', null);
    const { route } = await (await restart()).read(MODEL);
    expect(route).toMatchObject({ stable: null, generation: 3, epoch: 1, cause: 'restore' });
  });
}
