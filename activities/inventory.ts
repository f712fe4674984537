import { missingBytes, readFreight, readPointer } from '../distribution';
import type { Digest, ModelName } from '../domain/ids';
import type { RegionPorts } from '../ports';

export interface InventoryInput {
  readonly model: ModelName;
  readonly freight: Digest;
}
/** What a plan asks of a region. */
export interface RegionInventory {
  readonly bytesMissing: number | null; // null: the hub does not hold the freight yet, so its parts cannot be compared
  readonly bytesFree: number | null;
  readonly current: Digest | null;
  readonly epoch: number; // the highest that pointer or gateway has seen
}

type Needs = Pick<RegionPorts, 'hub' | 'regional' | 'routers'>;

export function inventory({ hub, regional, routers }: Needs) {
  return { takeInventory, ping };

  /** Answers: somebody takes this region's work. No effect. */
  async function ping(): Promise<void> {}

  /** What the region holds of a freight, and the highest epoch it has seen. Reads only. */
  async function takeInventory({ model, freight }: InventoryInput): Promise<RegionInventory> {
    const pointer = await readPointer(regional, model);
    let epoch = pointer.fence.epoch;
    for (const node of routers) epoch = Math.max(epoch, (await node.read(model)).fence.epoch);
    const known = await readFreight(hub, freight).catch(() => null);
    return {
      bytesMissing: known && (await missingBytes(known, regional)),
      bytesFree: await regional.freeBytes(),
      current: pointer.current,
      epoch,
    };
  }
}
