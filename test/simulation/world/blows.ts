import { claimFreight, claimLoad, fencePointer } from '../../../distribution';
import { holderOf, servedName } from '../../../domain/ids';
import { promotionId, rolloutId } from '../../../workflows/contract';
import type { World } from '../world';
import { MODEL } from './freights';
import type { SimulatedNode, SimulatedRegion } from './region';
import type { StrikeKind } from './strikes';

/** Where and when a strike falls. */
export interface Blow {
  readonly world: World;
  readonly region: SimulatedRegion;
  readonly epoch: number;
  readonly forMs: number;
}
const LONGEST_RESTART_MS = 20_000;

export const BLOWS: Readonly<Record<StrikeKind, (blow: Blow) => void>> = {
  'worker-death': ({ region, forMs }) => region.station.kill(Math.min(forMs, LONGEST_RESTART_MS)),
  'control-death': ({ world, forMs }) => world.control.kill(Math.min(forMs, LONGEST_RESTART_MS)),
  cut: ({ region, forMs }) => region.station.cut(forMs),
  'node-restart': ({ world, region, forMs }) =>
    world.draw.pick(region.nodes).restart(Math.min(forMs, LONGEST_RESTART_MS)),
  'node-outage': ({ world, region, forMs }) => {
    world.draw.pick(region.nodes).downUntilMs = world.scheduler.nowMs + forMs;
  },
  'store-outage': ({ region, forMs }) => region.takeDown('store', forMs),
  'runtime-outage': ({ region, forMs }) => region.takeDown('runtime', forMs),
  blackout: ({ region, forMs }) => region.takeDown('metrics', 2 * forMs),
  'manifest-outage': ({ world, forMs }) => {
    world.controlSide.manifestDownUntilMs = world.scheduler.nowMs + forMs;
  },
  'disk-full': ({ world, region, forMs }) => {
    region.fullUntilMs = world.scheduler.nowMs + forMs;
  },
  refused: ({ world, region }) => {
    region.refuses = world.draw.between(1, 3);
  },
  'bad-version': ({ world, region }) => {
    for (const { digest } of world.fixtures.freights.slice(1)) region.spoil(digest, 0.5);
  },
  'wrong-answers': (blow) => {
    blow.region.spoiledMs = Math.min(blow.region.spoiledMs, blow.world.scheduler.nowMs);
    spoilAnswers(blow, 'wrong-answers');
  },
  'will-not-load': (blow) => spoilAnswers(blow, 'will-not-load'),
  thin: ({ world, region, forMs }) => {
    for (const node of region.nodes) thin(world, node, forMs);
  },
  abort: ({ world, epoch }) => world.operators.abort(epoch),
  pause: ({ world, epoch }) => world.operators.say(epoch, 'pause'),
  forged: ({ world, epoch }) => world.operators.forge(epoch),
  'skip-region': ({ world, epoch, region }) => world.operators.skip(epoch, region.region.id),
  reject: ({ world, epoch }) => {
    const gate = world.operators.status(epoch)?.gates[0]?.gate;
    if (gate) world.operators.reject(epoch, gate);
  },
  'cancel-promotion': ({ world, epoch }) => world.engine.cancel(promotionId(MODEL, epoch)),
  'cancel-rollout': ({ world, epoch, region }) => world.engine.cancel(rolloutId(MODEL, epoch, region.region.id)),
  'terminate-promotion': ({ world, epoch }) => world.engine.terminate(promotionId(MODEL, epoch)),
  'newer-epoch': (blow) => usurp(blow),
  burst: ({ world }) => {
    for (let offer = 0; offer < 5; offer++) world.crowd.offer(1);
  },
  'second-digest': ({ world }) => world.crowd.offer(2),
  'line-continues': ({ world }) => {
    world.lineEvents = 5;
  },
};

function spoilAnswers({ world, region }: Blow, fault: 'wrong-answers' | 'will-not-load'): void {
  for (const { digest } of world.fixtures.freights.slice(1)) region.inference.spoil(servedName(MODEL, digest), fault);
}

function thin({ draw, scheduler }: World, node: SimulatedNode, forMs: number): void {
  const before = node.traffic.perSecond;
  node.advance();
  node.traffic.perSecond = draw.pick([0, 1, 3]);
  scheduler.in(forMs, () => {
    node.advance();
    node.traffic.perSecond = before;
  });
}

/** Another hub's promotion of the same freight takes the region over: it fences, claims what it found, and may hold what is loaded. */
function usurp({ world, region, epoch: ours }: Blow): void {
  const { witness, manifest, draw } = world;
  const { id } = region.region;
  const epoch = ours + draw.between(1, 3);
  witness.usurped.set(id, Math.max(epoch, witness.usurped.get(id) ?? 0));
  const token = { epoch, seq: 1, attempt: 1 };
  const holder = holderOf(MODEL, epoch, id, 1);
  const found = region.nodes.map(({ row }) => row.route.stable).filter((stable) => stable !== null);
  const freight = world.laws.plans.get(ours)?.freight.digest;
  const fencesRow = draw.chance(0.5);
  const holdsLoad = draw.chance(0.5);
  const steps: (() => Promise<unknown>)[] = [
    ...(freight === undefined || !holdsLoad ? [] : [() => claimLoad(region.store, servedName(MODEL, freight), holder)]),
    ...found.map((stable) => () => claimFreight(region.store, stable, holder)),
    ...region.nodes.map((node) => () => node.router.fence(MODEL, { token, rollout: rolloutId(MODEL, epoch, id) })),
    () => fencePointer(region.store, MODEL, token, 0),
    ...(fencesRow ? [() => manifest.fence(MODEL, id, token)] : []),
  ];
  for (const step of steps) void step().catch(() => undefined);
}
