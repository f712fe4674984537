import { LATENCY_BOUNDS_MS } from '../../domain/counters';
import type { ModelName } from '../../domain/ids';
import type { CounterBook } from './counters';
import type { RouteTable } from './routes';
import type { Totals } from './segment';

/** The node's counters and routes in Prometheus' text format 0.0.4. Latencies are in seconds, as its conventions ask. */
export function prometheusText(routes: RouteTable, counters: CounterBook): string {
  const lines: string[] = [];
  const family = (name: string, type: string, help: string) =>
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
  const all = counters.models().flatMap((model) => counters.totals(model).map((totals) => ({ model, totals })));

  family(`${P}requests_total`, 'counter', 'Requests that ended, without those whose caller left.');
  for (const { model, totals } of all) lines.push(`${P}requests_total{${labels(model, totals)}} ${totals.requests}`);
  family(`${P}errors_total`, 'counter', 'Requests that a version failed, by kind.');
  for (const { model, totals } of all) {
    for (const [kind, count] of Object.entries(totals.errors)) {
      lines.push(`${P}errors_total{${labels(model, totals)},kind="${kind}"} ${count}`);
    }
  }
  family(
    `${P}latency_seconds`,
    'histogram',
    'From the request to the end of its answer; of a stream, to its first byte.',
  );
  for (const { model, totals } of all) lines.push(...histogram(model, totals));
  family(`${P}in_flight`, 'gauge', 'Requests under way.');
  for (const model of counters.models()) lines.push(`${P}in_flight{model="${model}"} ${counters.inFlight(model)}`);
  const served = routes.models().map((model) => ({ model, route: routes.served(model)?.route }));
  family(`${P}route_generation`, 'gauge', 'Number of the route that is served.');
  for (const { model, route } of served) lines.push(`${P}route_generation{model="${model}"} ${route?.generation ?? 0}`);
  family(`${P}canary_weight`, 'gauge', 'Commanded share of the canary, 0 to 1.');
  for (const { model, route } of served) {
    lines.push(`${P}canary_weight{model="${model}"} ${(route?.canary?.weightPct ?? 0) / 100}`);
  }
  return `${lines.join('\n')}\n`;
}

const P = 'meridian_gateway_';

function labels(model: ModelName, { digest, arm }: Totals): string {
  return `model="${model}",digest="${digest}",arm="${arm}"`;
}

function histogram(model: ModelName, totals: Totals): string[] {
  const of = labels(model, totals);
  let below = 0;
  const buckets = totals.latency.map((count, bucket) => {
    below += count;
    const boundMs = LATENCY_BOUNDS_MS[bucket];
    const le = boundMs === undefined ? '+Inf' : String(Number((boundMs / 1000).toPrecision(6)));
    return `${P}latency_seconds_bucket{${of},le="${le}"} ${below}`;
  });
  const sum = `${P}latency_seconds_sum{${of}} ${totals.latencyMs / 1000}`;
  return [...buckets, sum, `${P}latency_seconds_count{${of}} ${below}`];
}
