import { movePointer } from '../distribution/pointer';
import { previousAfter, type Found } from '../domain/found';
import type { Digest, ModelName } from '../domain/ids';
import type { RegionPorts } from '../ports';
import { tokenOf, type Stamp } from './stamp';

export interface PointInput {
  readonly model: ModelName;
  readonly stamp: Stamp;
  readonly freight: Digest;
  readonly found: Found;
  readonly keepPrevious: number;
}
export interface RestorePointerInput {
  readonly model: ModelName;
  readonly stamp: Stamp;
  readonly found: Found;
}

export function pointing({ regional, clock }: Pick<RegionPorts, 'regional' | 'clock'>) {
  return { point, restorePointer };

  /** Writes what the region serves by when the hub is gone: the new version, and those before it. Idempotent. Undo: `restorePointer`. */
  async function point({ model, stamp, freight, found, keepPrevious }: PointInput): Promise<void> {
    const previous = previousAfter(freight, found, keepPrevious);
    await movePointer(regional, model, tokenOf(stamp), { current: freight, previous }, clock.nowMs());
  }

  /** Undoes `point`. Idempotent. A newer epoch's pointer is not ours to touch: then the undo is done. */
  async function restorePointer({ model, stamp, found }: RestorePointerInput): Promise<void> {
    const { current, previous } = found;
    await movePointer(regional, model, tokenOf(stamp), { current, previous }, clock.nowMs(), { staleIsDone: true });
  }
}
