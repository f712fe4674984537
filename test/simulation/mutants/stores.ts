import { MemoryRouterNode } from '../../../adapters/router/memory';
import type { Counters } from '../../../domain/counters';
import type { ModelName } from '../../../domain/ids';
import type { FenceCommand, WriteCommand } from '../../../domain/route-node';
import { sameTraffic } from '../../../domain/route';
import { compareTokens, NO_TOKEN, type Token } from '../../../domain/token';
import type { ManifestRow } from '../../../ports/manifest';
import type { World } from '../world';
import type { Mutant } from './index';

const higher = (a: Token, b: Token): Token => (compareTokens(a, b) >= 0 ? a : b);

class Tokenless extends MemoryRouterNode {
  override async write(model: ModelName, command: WriteCommand) {
    const { fence, route } = this.row(model);
    const generation = command.generation <= route.generation ? route.generation : command.generation;
    return super.write(model, { ...command, generation, token: higher(command.token, fence) });
  }
}
class EpochOnly extends MemoryRouterNode {
  override async write(model: ModelName, command: WriteCommand) {
    const { fence } = this.row(model);
    const token = command.token.epoch === fence.epoch ? higher(command.token, fence) : command.token;
    return super.write(model, { ...command, token, generation: this.row(model).route.generation });
  }
}
class Careless extends MemoryRouterNode {
  override async write(model: ModelName, command: WriteCommand) {
    return super.write(model, { ...command, generation: this.row(model).route.generation });
  }
}
class Lenient extends MemoryRouterNode {
  override async fence(model: ModelName, command: FenceCommand) {
    const { route } = this.row(model);
    const answer = await super.fence(model, command);
    if (answer.kind !== 'ok' || !route.canary) return answer;
    const { stable, canary } = route;
    const { generation } = answer.route;
    return super.write(model, { ...command, generation, cause: 'fence' as const, traffic: { stable, canary } });
  }
}
/** Undoes without a new generation where the traffic is as found already. */
class Sparing extends MemoryRouterNode {
  override async write(model: ModelName, command: WriteCommand) {
    const { route } = this.row(model);
    if (command.cause === 'restore' && sameTraffic(route, command.traffic)) return { kind: 'ok' as const, route };
    return super.write(model, command);
  }
}
class Eternal extends MemoryRouterNode {
  override async claim(...args: Parameters<MemoryRouterNode['claim']>) {
    const answer = await super.claim(...args);
    const [model, { token, generation }] = args;
    const { clockMs: lookedAtMs } = await this.read(model);
    await super.renew(model, { token, generation, lookedAtMs });
    return answer;
  }
}
/** Its lease runs on a clock that goes at half speed. */
class Slow extends MemoryRouterNode {
  constructor(...[id, clock]: ConstructorParameters<typeof MemoryRouterNode>) {
    super(id, () => ({ nowMs: clock().nowMs / 2, wallMs: clock().wallMs }));
  }
}

const eachStore = (patch: (store: World['regions'] extends ReadonlyMap<string, infer R> ? R : never) => void) => ({
  options: { world: (world: World) => world.regions.forEach(patch) },
});

export const STORES: Readonly<Record<string, Mutant>> = {
  'a node that compares no token': { rule: 'contract 4: the store compares', options: { node: Tokenless } },
  'a node that compares epochs only': { rule: 'contract 4: token', options: { node: EpochOnly } },
  'a node without compare-and-set': { rule: 'contract 5: generation', options: { node: Careless } },
  'a fence that leaves the canary': { rule: 'contract 4: a fence drops a canary', options: { node: Lenient } },
  'an undo without a new generation': { rule: 'style 1.4: an undo shuts out stragglers', options: { node: Sparing } },
  'a claim that renews': { rule: 'contract 5: claim never revives', options: { node: Eternal } },
  'a lease on a slow clock': { rule: 'contract 5: lease', options: { node: Slow } },
  'a pointer that compares no token': {
    rule: 'contract 4: pointer',
    ...eachStore(({ store }) => {
      const get = store.get.bind(store);
      store.get = async (key, signal) => {
        const found = await get(key, signal);
        if (!found || !key.startsWith('pointers/')) return found;
        const pointer = JSON.parse(Buffer.from(found.body).toString()) as object;
        return { ...found, body: Buffer.from(JSON.stringify({ ...pointer, fence: NO_TOKEN })) };
      };
    }),
  },
  'a row that compares no token': {
    rule: 'contract 4: manifest row',
    options: {
      world: ({ manifest }) => {
        manifest.record = async (row: ManifestRow) => {
          const at = `${row.model}/${row.region}`;
          manifest['held'].set(at, { fence: { epoch: row.epoch, seq: row.seq }, row });
          return true;
        };
      },
    },
  },
  'a release that is not final': {
    rule: 'contract 6: release is final',
    ...eachStore(({ store }) => {
      const put = store.put.bind(store);
      store.put = async (key, body, ...more) =>
        key.endsWith('/released.json') ? { key, bytes: body.byteLength, etag: 'none' } : put(key, body, ...more);
    }),
  },
  'counts from memory when there are none': {
    rule: 'contract 5: no data, no renewal',
    ...eachStore((region) => {
      const { metrics } = region;
      const isDown = region.isDown.bind(region);
      const counters = metrics.counters.bind(metrics);
      let last: ReadonlyMap<never, Counters> | undefined;
      metrics.counters = async (model) => {
        if (isDown('metrics') && last) return last;
        return (last = (await counters(model)) as ReadonlyMap<never, Counters>);
      };
      region.isDown = (port) => port !== 'metrics' && isDown(port);
    }),
  },
  'requests that are counted twice': {
    rule: 'contract 5: counters',
    ...eachStore(({ metrics }) => {
      const counters = metrics.counters.bind(metrics);
      metrics.counters = async (model) => {
        const twice = [...(await counters(model))].map(([id, of]) => {
          const segments = of.segments.map((one) => ({ ...one, requests: one.requests * 2 }));
          return [id, { ...of, segments }] as const;
        });
        return new Map(twice);
      };
    }),
  },
};
