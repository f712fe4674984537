import type { Digest } from '../domain/ids';
import type { Route } from '../domain/route';
import type { RegionPorts } from '../ports';
import type { RouteAnswer, RouterNode } from '../ports/router';

const PATIENCE_MS = 60_000; // what a bench waits for comes within seconds, or the run means nothing

/** Wall-clock witness of one region: when its counters were read, and when each write of its route had taken hold. */
export class RouteLog {
  lookedAtMs = Number.NaN; // performance.now() at the start of the last look
  private route: Pick<Route, 'stable' | 'canary'> | undefined;
  private waiting: { readonly holds: () => boolean; readonly resolve: (atMs: number) => void }[] = [];

  constructor(private readonly region: string) {}

  /** The same ports, listened to. */
  heard({ routers, metrics, ...ports }: RegionPorts): RegionPorts {
    const counters: typeof metrics.counters = (model) => {
      this.lookedAtMs = performance.now();
      return metrics.counters(model);
    };
    return { ...ports, metrics: { counters }, routers: routers.map((node) => this.heardNode(node)) };
  }

  /** Resolves with the time at which some users met the version as a canary. */
  canary(digest: Digest): Promise<number> {
    return this.until(`serves ${digest} to a share`, () => this.route?.canary?.digest === digest);
  }

  /** Resolves with the time from which no user met the version, whatever its share was. */
  free(digest: Digest): Promise<number> {
    const isFree = () => this.route?.stable !== digest && this.route?.canary?.digest !== digest;
    return this.until(`is free of ${digest}`, isFree);
  }

  private async until(what: string, holds: () => boolean): Promise<number> {
    if (holds()) return performance.now();
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error(`not within ${PATIENCE_MS} ms: ${this.region} ${what}`));
      const timer = setTimeout(late, PATIENCE_MS);
      const done = (atMs: number) => {
        clearTimeout(timer);
        resolve(atMs);
      };
      this.waiting.push({ holds, resolve: done });
    });
  }

  private heardNode(node: RouterNode): RouterNode {
    return {
      id: node.id,
      models: () => node.models(),
      read: (model) => node.read(model),
      claim: (model, command) => node.claim(model, command),
      renew: (model, command) => node.renew(model, command),
      fence: async (model, command) => this.noted(await node.fence(model, command)),
      write: async (model, command) => this.noted(await node.write(model, command)),
    };
  }

  private noted(answer: RouteAnswer): RouteAnswer {
    const atMs = performance.now();
    if (answer.kind !== 'ok') return answer;
    this.route = answer.route;
    const due = this.waiting.filter(({ holds }) => holds());
    this.waiting = this.waiting.filter((one) => !due.includes(one));
    for (const { resolve } of due) resolve(atMs);
    return answer;
  }
}
