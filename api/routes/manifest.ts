import type { FastifyInstance } from 'fastify';
import { ApiError } from '../errors';
import type { ApiPorts } from '../ports';
import * as schemas from '../schemas';

/** Promotions looked through for those of one digest. */
const HISTORY = 1_000;

/** What people ask the manifest: who serves what, what happened, why a digest was not promoted. */
export function manifestRoutes(app: FastifyInstance, { manifest }: ApiPorts): void {
  app.get<{ Querystring: schemas.ModelQuery }>('/v1/manifest', {
    config: { summary: 'Which version is targeted, live and previous in each region, since when, by which promotion' },
    schema: { querystring: schemas.modelQuery, response: { 200: schemas.answer({ rows: schemas.list }) } },
    handler: async ({ query: { model } }) => ({ rows: await manifest.rows(model) }),
  });

  app.get<{ Querystring: schemas.ListQuery }>('/v1/history', {
    config: { summary: 'What became of promotions, newest first, and what their lines said of digests' },
    schema: { querystring: schemas.listQuery, response: { 200: schemas.answer({ promotions: schemas.list }) } },
    handler: async ({ query: { model, limit } }) => {
      const of = model === undefined ? {} : { model };
      const digests = await manifest.digests(of);
      return { promotions: await manifest.promotions({ ...of, limit }), digests: digests.slice(0, limit) };
    },
  });

  app.get<{ Params: schemas.DigestParams }>('/v1/digests/:digest', {
    config: { summary: 'Why a digest was not promoted, or what became of it; its first 6 hex digits are enough' },
    schema: { params: schemas.digestParams, response: { 200: schemas.answer({ accounts: schemas.list }) } },
    handler: async ({ params: { digest } }) => {
      const accounts = await manifest.digests({ digest });
      const full = digest.startsWith('sha256:') ? digest : `sha256:${digest}`;
      const promotions = await manifest.promotions({ limit: HISTORY });
      const its = promotions.filter((promotion) => promotion.digest.startsWith(full));
      if (accounts.length + its.length > 0) return { accounts, promotions: its };
      const remedy = 'was it pushed to a repository and tag that a model follows? `meridian promote` offers it by hand';
      throw new ApiError(404, 'NotFound', `no line was ever offered a digest that begins with ${digest}`, remedy);
    },
  });
}
