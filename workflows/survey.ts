import { isCancellation, startChild } from '@temporalio/workflow';
import type { Digest, ModelName, RegionId } from '../domain/ids';
import { regionsOf, type Plan } from '../domain/plan';
import type { KnownInventory } from '../domain/resolve-plan';
import { CONTROL_QUEUE, surveyId } from './contract';
import { BY_ITSELF } from './fan-out';
import { faultOf } from './failures';
import { inventoryActivities } from './region-activities';

/** Regions that one child asks: at most 6 events of its history each. */
const AT_ONCE = 100;

/** What the regions said of themselves. */
export interface Survey {
  readonly inventories: Readonly<Record<RegionId, KnownInventory | { readonly unknown: string }>>;
  readonly epoch: number; // the highest that any of them has seen
}
export interface SurveyInput {
  readonly model: ModelName;
  readonly freight: Digest;
  readonly regions: readonly RegionId[];
}

/**
 * Asks every region of a plan at once what it holds; who does not answer within 10 s is `unknown`, with the reason (contract 7). Fans out
 * where there are many, for 500 regions would leave at least 1,500 events in the line's history. @param turn no two under way have the same
 */
export async function survey(model: ModelName, plan: Plan, turn: number): Promise<Survey> {
  const input = { model, freight: plan.freight.digest };
  const regions = regionsOf(plan);
  if (regions.length <= BY_ITSELF) return surveyRegions({ ...input, regions });
  const asked: Promise<Survey>[] = [];
  for (let from = 0; from < regions.length; from += AT_ONCE) {
    const workflowId = surveyId(model, turn, asked.length + 1);
    asked.push(byChild(workflowId, { ...input, regions: regions.slice(from, from + AT_ONCE) }));
  }
  return joined(await Promise.all(asked));
}

/** Asks some regions at once. */
export async function surveyRegions({ model, freight, regions }: SurveyInput): Promise<Survey> {
  return joined(await Promise.all(regions.map((region) => ask(region, model, freight))));
}

async function ask(region: RegionId, model: ModelName, freight: Digest): Promise<Survey> {
  try {
    const { bytesMissing, bytesFree, current, epoch } = await inventoryActivities(region).takeInventory({
      model,
      freight,
    });
    const held = { missingBytes: bytesMissing, freeBytes: bytesFree, firstVersion: current === null };
    return { inventories: { [region]: held }, epoch };
  } catch (err) {
    return unknown([region], err);
  }
}

async function byChild(workflowId: string, input: SurveyInput): Promise<Survey> {
  try {
    const child = await startChild(surveyRegions, { workflowId, taskQueue: CONTROL_QUEUE, args: [input] });
    return await child.result();
  } catch (err) {
    return unknown(input.regions, err);
  }
}

function unknown(regions: readonly RegionId[], err: unknown): Survey {
  if (isCancellation(err)) throw err;
  const why = { unknown: faultOf(err).text };
  return { inventories: Object.fromEntries(regions.map((region) => [region, why])), epoch: 0 };
}

function joined(surveys: readonly Survey[]): Survey {
  const inventories = Object.assign({}, ...surveys.map((one) => one.inventories)) as Survey['inventories'];
  return { inventories, epoch: Math.max(0, ...surveys.map(({ epoch }) => epoch)) };
}
