import { DEFAULT_LIMITS } from '../domain/judge';
import type { ModelPolicy } from '../domain/model-policy';
import { startTemporal, type Temporal } from '../test/support/temporal';
import { startHub } from './hub';
import type { LanePromotion } from './lane';
import type { BenchRow } from './row';
import type { Scenario } from './scenario';
import { ownRow, quantile } from './statistics';

const MOST_EVENTS = 4_096; // of one workflow for 500 regions, and so for fewer (contract 1)
const POLLS = 1; // beside the accelerator's: regions that share a computer need no more
// One frontend takes 1,200 long polls of a namespace unless told otherwise: 300 regions of five polls, as `workers/` has them, need more.
const POLL_LIMIT = 'frontend.namespaceCount=10000';
/** Blue and green without a bake. What is left of waiting is the last look before the commit, one second. */
const POLICY: Partial<ModelPolicy> = { steps: [], flipBakeMs: 0, lookMs: 1_000, limits: DEFAULT_LIMITS };

export interface OverheadOptions {
  readonly sizes: readonly { readonly regions: number; readonly runs: number }[];
  readonly note: (text: string) => void;
}
interface Cost {
  readonly tookMs: number; // from the promotion's start to its end, by the server's clock
  readonly events: number;
  readonly cpuS: number; // of every worker and the client, which share a process; not of the server
}

/** Promotions of one wave over regions that have next to nothing to do: what is left is the engine's own time. */
export async function overheadBench({ sizes, note }: OverheadOptions): Promise<readonly BenchRow[]> {
  const temporal = await startTemporal([POLL_LIMIT]);
  try {
    const rows: BenchRow[] = [];
    for (const { regions, runs } of sizes) {
      const costs = await costsOf(temporal, regions, runs);
      note(`${regions} regions: ${costs.map(({ tookMs }) => `${tookMs} ms`).join(', ')}`);
      const middle = (of: (cost: Cost) => number) => quantile(costs.map(of), 0.5);
      rows.push(
        ownRow(
          `promotion of ${regions} regions, s`,
          middle(({ tookMs }) => tookMs / 1_000),
        ),
        ownRow(
          `CPU of all its workers, s`,
          middle(({ cpuS }) => cpuS),
        ),
        ownRow(
          `events of the promotion`,
          middle(({ events }) => events),
          { below: MOST_EVENTS },
        ),
      );
    }
    return rows;
  } finally {
    await temporal.stop();
  }
}

async function costsOf(temporal: Temporal, regions: number, runs: number): Promise<readonly Cost[]> {
  const hub = await startHub(temporal, {
    lanes: 1,
    waves: [regions],
    policy: POLICY,
    polls: POLLS,
    gateways: 'memory',
  });
  const [lane] = hub.lanes;
  if (!lane) throw new TypeError('a hub without lanes');
  const costs: Cost[] = [];
  for (let run = runs > 1 ? -1 : 0; run < runs; run++) {
    const cpu = process.cpuUsage();
    const { tookMs, events } = await live(await lane.promote());
    const { user, system } = process.cpuUsage(cpu);
    if (run >= 0) costs.push({ tookMs, events, cpuS: (user + system) / 1e6 });
  }
  await hub.stop();
  return costs;
}

async function live(promotion: LanePromotion): Promise<{ readonly tookMs: number; readonly events: number }> {
  const ended = await promotion.ended();
  if (ended.outcome !== 'live') throw new Error(`${promotion.id} ended ${ended.outcome}: ${ended.reason?.text}`);
  return ended;
}

const SIZES = [
  { regions: 3, runs: 9 }, // more than one: one more runs before them and warms up
  { regions: 30, runs: 5 },
  { regions: 300, runs: 1 },
];
const SHORT_SIZES = [
  { regions: 3, runs: 3 },
  { regions: 30, runs: 1 },
];

export const engineOverhead: Scenario = {
  name: 'engine-overhead',
  description: `a promotion with no bake and a tiny model, all regions in one wave, medians, one second of the last look before the commit included:
real workers on a real Temporal server, regions over memory, everything on the same two cores`,
  run: ({ short, note }) => overheadBench({ sizes: short ? SHORT_SIZES : SIZES, note }),
};
