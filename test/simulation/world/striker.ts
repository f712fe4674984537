import type { World } from '../world';
import { BLOWS } from './blows';
import type { SimulatedRegion } from './region';
import { drawStrikes, type Strike } from './strikes';

/** Lets the drawn strikes fall when their region has entered their phase. */
export class Striker {
  private readonly strikes: Strike[];

  constructor(private readonly world: World) {
    this.strikes = drawStrikes(world.draw);
    for (const { phase } of [...this.strikes]) this.prepare(phase);
  }

  phaseBegins(region: SimulatedRegion, phase: string, epoch: number): void {
    const { scheduler, peaceMs } = this.world;
    for (const strike of this.strikes) {
      if (strike.struck || strike.phase !== phase || strike.region !== region.region.id) continue;
      if (scheduler.nowMs > peaceMs) continue;
      strike.struck = true;
      if (strike.kind === 'refused' && strike.afterMs < 30) this.strike(strike, region, epoch);
      else scheduler.in(strike.afterMs, () => this.strike(strike, region, epoch));
    }
  }

  /** What has to be so that a phase is reached at all. */
  private prepare(phase: string): void {
    const { draw, regions } = this.world;
    const region = draw.pick([...regions.values()]);
    if (phase === 'held' && draw.chance(0.7)) {
      for (const { traffic } of region.nodes) traffic.perSecond = draw.pick([0, 5, 2]);
    }
    if (phase === 'stuck' || (phase === 'rolling-back' && draw.chance(0.6))) {
      const strike = { phase: 'rolling-back', region: region.region.id, afterMs: 0, forMs: 0, struck: false };
      if (phase === 'stuck') this.strikes.push({ ...strike, kind: 'refused' });
      this.strikes.push({ ...strike, phase: draw.pick(['canary', 'baking', 'live']), kind: 'abort' });
    }
  }

  private strike({ kind, forMs }: Strike, region: SimulatedRegion, epoch: number): void {
    this.world.coverage.hit(region.phase, kind);
    this.world.note(`STRIKE ${kind} ${region.region.id} ${region.phase} ${forMs}`);
    BLOWS[kind]({ world: this.world, region, epoch, forMs });
  }
}
