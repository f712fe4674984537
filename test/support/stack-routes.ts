import { setTimeout as pause } from 'node:timers/promises';
import { parseModelName } from '../../domain/ids';
import type { Route } from '../../domain/route';
import type { Stage } from './stack';
import { routerOf } from './stack-region';

const EVERY_MS = 40;

/** Writes down every change of a region's route from now on, by asking its gateway all the time. */
export class RouteWatch {
  readonly seen: Route[] = [];
  private stopped = false;
  private readonly running: Promise<void>;

  constructor(stage: Stage, region: string) {
    this.running = this.run(stage, region);
    this.running.catch(() => undefined); // thrown by `stop`
    stage.atEnd(() => this.stop().catch(() => undefined));
  }

  /** Causes of the changes, in order, without the fences that raised nothing. */
  get causes(): readonly string[] {
    return this.seen.map(({ cause }) => cause);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private async run(stage: Stage, region: string): Promise<void> {
    const router = routerOf(stage, region);
    for (; !this.stopped; await pause(EVERY_MS)) {
      const { route } = await router.read(parseModelName('fraud'));
      if (route.generation !== this.seen.at(-1)?.generation) this.seen.push(route);
    }
    await router.close();
  }
}
