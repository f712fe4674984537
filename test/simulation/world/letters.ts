import { promotionId, type Report } from '../../../workflows/contract';
import { MODEL } from './freights';
import type { Scene } from './mishaps';

/** A promotion gets a report that is not of its epoch, and a wish to skip a region for no reason. */
export function lettersFor({ world, draw, region: { region }, epoch }: Scene): void {
  const { engine, operators } = world;
  operators.skipForNoReason(epoch, region.id);
  const stray: Report = {
    ...{ region: region.id, epoch: epoch + draw.pick([-1, 1]), attempt: 9, seq: 1_000_000 },
    ...{ phase: 'ended', outcome: draw.pick(['live', 'rolled-back']), prepared: 1_000, gate: null },
    ...{ reason: null, staleEpoch: null, unreachableSinceMs: null, breachAtMs: null, safeAtMs: null },
    ...{ awaitsData: false, refusedAsk: 1_000, mayAccept: true },
  };
  engine.signal(promotionId(MODEL, epoch), 'report', [stray]).catch(() => undefined);
}
