import type { Link } from './fleet';
import { freightBytes } from './freight';
import type { RegionId } from './ids';
import { NEVER, requestsToPass } from './judge';
import { regionsOf, type Forecast, type Plan, type RegionForecast } from './plan';

/** What a region said of itself within the time it had; `{ unknown }` instead where it did not, with the reason. */
export interface KnownInventory {
  readonly missingBytes: number | null; // of the freight; null: it could not be compared
  readonly freeBytes: number | null; // of the region's store; null: the store cannot say
  readonly firstVersion: boolean; // the model has no live version there
}
type Inventories = Readonly<Record<RegionId, KnownInventory | { readonly unknown: string }>>;

/** Bits a millisecond on a link of one Mbit/s. */
const BITS_PER_MS_PER_MBPS = 1_000;
const BYTES_PER_GB = 1e9; // what links are billed by

/**
 * What a plan would move, cost and need in each region. Pure. A number that nobody can know is null, with a warning that says why:
 * an inventory that was not answered, a link that the fleet file does not describe.
 */
export function forecast(plan: Plan, inventories: Inventories, links: readonly Link[]): Forecast {
  const withCanary = forecastSteps(plan);
  const firstTime = forecastSteps({ ...plan, steps: [] }); // no stable to compare with: validate, flip, bake (contract 5)
  const ofRegion = (region: RegionId): RegionForecast => {
    const inventory = inventories[region] ?? { unknown: 'it was not asked' };
    const { warnings, ...bytes } = forecastBytes(freightBytes(plan.freight), inventory);
    const steps = bytes.firstVersion ? firstTime : withCanary;
    const { warnings: ofLink, ...transfer } = forecastTransfer(bytes.bytesToMove, region, links);
    return { region, ...bytes, ...transfer, ...steps, warnings: [...warnings, ...ofLink, ...steps.warnings] };
  };
  return { regions: regionsOf(plan).map(ofRegion) };
}

function forecastBytes(bytesTotal: number, inventory: KnownInventory | { readonly unknown: string }) {
  if ('unknown' in inventory) {
    const warnings = [`bytes to move are unknown: ${inventory.unknown}`];
    return { bytesTotal, bytesToMove: null, firstVersion: null, warnings };
  }
  const { missingBytes, firstVersion } = inventory;
  return { bytesTotal, bytesToMove: missingBytes, firstVersion, warnings: warningsOf(inventory, bytesTotal) };
}

function forecastTransfer(bytesToMove: number | null, region: RegionId, links: readonly Link[]) {
  const link = links.find(({ from, to }) => from === 'hub' && to === region);
  const warnings = link ? [] : [`time and cost are unknown: fleet.yaml has no link from hub to ${region}`];
  if (bytesToMove === null || !link) return { transferMs: null, costUsd: null, warnings };
  const transferMs = Math.ceil((bytesToMove * 8) / (link.mbps * BITS_PER_MS_PER_MBPS));
  return { transferMs, costUsd: (bytesToMove / BYTES_PER_GB) * link.usdPerGB, warnings };
}

function forecastSteps({ steps, flipBakeMs, watch }: Plan) {
  let bakeMs = flipBakeMs;
  for (const step of steps) bakeMs += step.bakeMs;
  const requestsNeeded = steps.map(({ weightPct }) => requestsToPass(watch.limits, 1, weightPct).canary);
  const never = requestsNeeded.includes(NEVER);
  const warnings = never ? ['no number of requests lets a step pass: see sloErrorRate and beta in the model file'] : [];
  return { bakeMs, requestsNeeded, warnings };
}

function warningsOf({ missingBytes, freeBytes }: KnownInventory, bytesTotal: number): string[] {
  const needed = missingBytes ?? bytesTotal;
  const warnings: string[] = [];
  if (missingBytes === null)
    warnings.push(`bytes to move are unknown until the hub holds the freight: at most ${bytesTotal} bytes`);
  if (freeBytes === null) warnings.push('free space is unknown: its store cannot say');
  else if (freeBytes < needed) warnings.push(`disk short by ${needed - freeBytes} bytes`);
  return warnings;
}
