import { isCancellation } from '@temporalio/workflow';
import type { ModelName, RegionId } from '../domain/ids';
import { regionsOf, type Plan } from '../domain/plan';
import type { KnownInventory } from '../domain/resolve-plan';
import { faultOf } from './failures';
import { inventoryActivities } from './region-activities';

/** What the regions said of themselves. */
export interface Survey {
  readonly inventories: Readonly<Record<RegionId, KnownInventory | { readonly unknown: string }>>;
  readonly epoch: number; // the highest that any of them has seen
}

/** Asks every region of a plan at once what it holds; who does not answer within 10 s is `unknown`, with the reason (contract 7). */
export async function survey(model: ModelName, plan: Plan): Promise<Survey> {
  let epoch = 0;
  const asked = regionsOf(plan).map(async (region): Promise<[RegionId, Survey['inventories'][RegionId]]> => {
    try {
      const held = await inventoryActivities(region).takeInventory({ model, freight: plan.freight.digest });
      epoch = Math.max(epoch, held.epoch);
      return [
        region,
        { missingBytes: held.bytesMissing, freeBytes: held.bytesFree, firstVersion: held.current === null },
      ];
    } catch (err) {
      if (isCancellation(err)) throw err;
      return [region, { unknown: faultOf(err).text }];
    }
  });
  return { inventories: Object.fromEntries(await Promise.all(asked)), epoch };
}
