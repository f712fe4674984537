import { Agent } from 'undici';
import { parseArgs } from 'node:util';
import { requestBody } from './models/requests';
import { seeded } from './models/rng';
import { RegionTraffic, type FailedRequest, type TrafficCounts } from './region-traffic';

/** One line of JSON a second. */
export interface TrafficLine {
  readonly counts: readonly TrafficCounts[];
  readonly failures: readonly FailedRequest[]; // since the last line
}
const BODIES = 256; // prepared, so that sending costs little beside the runtimes
const TICK_MS = 4;
const REPORT_MS = 1_000;

/** Requests for one region: mostly small batches; `longBatches` is the share of requests whose batch is above 8. */
function bodiesOf(seed: number, longBatches: number): readonly string[] {
  const rng = seeded(seed);
  const everyNth = longBatches > 0 ? Math.round(1 / longBatches) : Infinity;
  return Array.from({ length: BODIES }, (_, index) => {
    const long = index % everyNth === everyNth - 1;
    return requestBody(rng, long ? 9 + (index % 4) : 1 + (index % 3));
  });
}

function main(): void {
  const { values } = parseArgs({
    options: {
      gateways: { type: 'string' }, // JSON: { region: url }
      model: { type: 'string', default: 'fraud' },
      rate: { type: 'string', default: '250' },
      long: { type: 'string', default: '{}' }, // JSON: { region: share }
    },
  });
  const gateways = JSON.parse(values.gateways ?? '{}') as Record<string, string>;
  const long = JSON.parse(values.long) as Record<string, number>;
  const perSecond = Number(values.rate);
  const agent = new Agent({ connections: 32, pipelining: 1 });
  const regions = Object.entries(gateways).map(([region, url], index) => {
    const target = `${url}/v2/models/${values.model}/infer`;
    return new RegionTraffic(region, target, bodiesOf(index + 1, long[region] ?? 0), agent);
  });
  setInterval(() => {
    const nowMs = performance.now();
    for (const region of regions) region.tick(nowMs, perSecond);
  }, TICK_MS);
  setInterval(() => {
    const line: TrafficLine = {
      counts: regions.map((one) => one.counts(performance.now())),
      failures: regions.flatMap((one) => one.takeFailures()),
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }, REPORT_MS);
  process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
}

main();
