import type { FastifyInstance } from 'fastify';
import type { ManifestRow, PromotionTally } from '../../ports/manifest';
import { exposition, type Metric } from '../exposition';
import type { ApiPorts } from '../ports';

/** For Prometheus. With the manifest away only `meridian_manifest_up 0` is left: an alert can stand on that. */
export function metricsRoutes(app: FastifyInstance, { manifest }: ApiPorts): void {
  app.get('/metrics', {
    handler: async (request, reply) => {
      const asked = Promise.all([manifest.tally(), manifest.rows()]);
      const metrics = await asked
        .then(([tallies, rows]) => [up(1), ...ofPromotions(tallies), ...ofRegions(rows)])
        .catch((error: unknown) => {
          request.log.warn({ err: error }, 'manifest not read');
          return [up(0)];
        });
      return reply.type('text/plain; version=0.0.4; charset=utf-8').send(exposition(metrics));
    },
  });
}

function up(value: 0 | 1): Metric {
  const help = 'Whether the manifest answers.';
  return { name: 'meridian_manifest_up', help, type: 'gauge', samples: [{ labels: {}, value }] };
}

function ofPromotions(tallies: readonly PromotionTally[]): readonly Metric[] {
  const ended = tallies.flatMap((tally) => (tally.outcome === null ? [] : [{ ...tally, outcome: tally.outcome }]));
  const safe = ended.filter(({ timeToSafeCount }) => timeToSafeCount > 0);
  return [
    {
      ...{ name: 'meridian_promotions_total', type: 'counter', help: 'Promotions that ended, by how.' },
      samples: ended.map(({ model, outcome, count }) => ({ labels: { model, outcome }, value: count })),
    },
    {
      ...{ name: 'meridian_promotions_under_way', type: 'gauge', help: 'Promotions that have not ended.' },
      samples: tallies
        .filter(({ outcome }) => outcome === null)
        .map(({ model, count }) => ({ labels: { model }, value: count })),
    },
    {
      ...{ name: 'meridian_time_to_safe_seconds', type: 'summary' },
      help: 'From a breach or an accepted abort until every route was read back as found.',
      samples: safe.flatMap(({ model, outcome, timeToSafeMsSum, timeToSafeCount }) => [
        { suffix: '_sum', labels: { model, outcome }, value: timeToSafeMsSum / 1000 },
        { suffix: '_count', labels: { model, outcome }, value: timeToSafeCount },
      ]),
    },
  ];
}

function ofRegions(rows: readonly ManifestRow[]): readonly Metric[] {
  const phases = new Map<string, { readonly labels: { model: string; phase: string }; value: number }>();
  for (const { model, phase } of rows) {
    const sample = phases.get(`${model}/${phase}`) ?? { labels: { model, phase }, value: 0 };
    phases.set(`${model}/${phase}`, { ...sample, value: sample.value + 1 });
  }
  return [
    {
      ...{ name: 'meridian_regions', type: 'gauge', help: 'Regions by the phase of their last rollout.' },
      samples: [...phases.values()],
    },
    {
      ...{ name: 'meridian_region_live_info', type: 'gauge', help: 'Which digest a region serves; always 1.' },
      samples: rows.flatMap(({ model, region, live }) =>
        live === null ? [] : [{ labels: { model, region, digest: live }, value: 1 }],
      ),
    },
  ];
}
