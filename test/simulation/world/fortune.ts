import type { Nemesis } from '../sdk/nemesis';
import { Place } from '../sdk/scopes';
import type { Station } from '../sdk/station';
import { whereNow } from '../sdk/where';
import type { World } from '../world';
import { rolloutOf } from './journal';

/** What the engine asks of the world, answered by the seed: delays, lost throttles, signals that come late or twice. */
export class Fortune implements Nemesis {
  constructor(private readonly world: World) {}

  delayMs(): number {
    const { draw, wire } = this.world;
    return draw.chance(wire.faultRate / 4) ? draw.between(100, 4_000) : draw.between(0, 25);
  }

  deliveries(to: string, signal: string, args: readonly unknown[]): readonly number[] {
    const { draw, wire, witness, regions, coverage } = this.world;
    if (signal === 'advance') witness.advances(to, (args[0] as { to: string }).to);
    const usual = draw.between(0, 30);
    if (!draw.chance(wire.faultRate)) return [usual];
    const sender = whereNow();
    const id = rolloutOf(to) ?? (sender instanceof Place ? rolloutOf(sender.run.id) : undefined);
    const phase = regions.get(id?.region ?? '')?.phase ?? 'idle';
    const late = draw.between(200, 15_000);
    const isTwice = draw.chance(0.5);
    coverage.hit(phase, isTwice ? 'signal-twice' : 'signal-late');
    return isTwice ? [usual, late] : [late];
  }

  stationOf(taskQueue: string): Station {
    const { regions, control } = this.world;
    return regions.get(taskQueue.replace(/^region\.|\.gpu$/g, ''))?.station ?? control;
  }

  throttlesHeartbeat(): boolean {
    return this.world.draw.chance(0.1);
  }

  suggestsContinueAsNew(_id: string, events: number): boolean {
    return events > this.world.lineEvents;
  }

  note(what: string): void {
    this.world.note(what);
  }

  bug(what: string): void {
    const { laws } = this.world;
    laws.breaks('a bug', what);
    laws.broken.add(`a bug: ${what}`);
  }
}
