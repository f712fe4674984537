import { servedName, type Digest } from '../../../domain/ids';
import { attemptNow, type Attempt } from '../sdk/attempt';
import { MODEL } from './freights';
import type { Laws } from './laws';
import type { SimulatedRegion } from './region';
import { holders } from './truth';

/** Who may unload what a runtime has loaded. */
export class LoadLaws {
  private readonly heldBefore = new WeakMap<Attempt, ReadonlySet<string>>(); // when the attempt began

  constructor(private readonly laws: Laws) {}

  /** An attempt to unload a freight begins. */
  begins(attempt: Attempt, region: SimulatedRegion, freight: Digest): void {
    this.heldBefore.set(attempt, new Set(holders(region, `load/${servedName(MODEL, freight)}`)));
  }

  /** A version is unloaded: nobody may have held it since before the attempt began. */
  unloads(region: SimulatedRegion, name: string): void {
    const before = this.heldBefore.get(attemptNow());
    if (holders(region, `load/${name}`).some((holder) => before?.has(holder)))
      this.laws.breaks('contract 6: unload when nobody holds it', `${region.region.id} ${name}`);
  }
}
