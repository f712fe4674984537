import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { ModelName } from '../../domain/ids';
import type { OfferAnswer } from '../../workflows/contract';
import { PROMOTION_VERBS } from '../engine-client';
import { ApiError } from '../errors';
import { knownModel } from '../known-model';
import type { ApiPorts } from '../ports';
import { promotionView } from '../promotion-view';
import * as schemas from '../schemas';
import { claimsOf } from '../statement-claims';

const SEEN = { started: 201, queued: 202, folded: 200 } as const satisfies Partial<Record<OfferAnswer['kind'], number>>;
const ANSWER = schemas.answer({ promotion: schemas.text.optional() });

/** Starting, watching and steering promotions. The api checks no statement: the journeys do, so that it cannot approve by itself. */
export function promotionRoutes(app: FastifyInstance, ports: ApiPorts): void {
  const { engine, manifest } = ports;

  app.post<{ Body: schemas.PromoteBody }>('/v1/promotions', {
    config: { summary: 'Start a promotion by a signed statement' },
    schema: { body: schemas.promoteBody, response: { 200: ANSWER, 201: ANSWER, 202: ANSWER } },
    handler: async ({ body }, reply) => {
      const model = await knownModel(ports, body.model);
      const answer = await engine.offer(model, offerOf(body));
      if (answer.kind === 'denied' || answer.kind === 'refused') throw refusal(answer, model);
      return reply.status(SEEN[answer.kind]).send(answer);
    },
  });

  app.post<{ Body: schemas.PlanBody }>('/v1/plans', {
    config: { summary: 'Resolve the plan of a promotion and start nothing' },
    schema: { body: schemas.planBody, response: { 200: schemas.answer({ planHash: schemas.text }) } },
    handler: async ({ body: { model, digest } }) =>
      engine.plan(await knownModel(ports, model), digest === undefined ? {} : { digest }),
  });

  app.get<{ Querystring: schemas.ListQuery }>('/v1/promotions', {
    config: { summary: 'Promotions, newest first' },
    schema: { querystring: schemas.listQuery, response: { 200: schemas.answer({ promotions: schemas.list }) } },
    handler: async ({ query: { model, limit } }) => ({
      promotions: await manifest.promotions({ limit, ...(model && { model }) }),
    }),
  });

  app.get<{ Params: schemas.PromotionParams }>('/v1/promotions/:model/:epoch', {
    config: { summary: 'Where a promotion is: its status, its rollouts, and what its regions see now' },
    schema: { params: schemas.promotionParams, response: { 200: schemas.answer({ rollouts: schemas.record }) } },
    handler: ({ params }) => promotionView(ports, params),
  });

  steeringRoutes(app, ports);
}

function steeringRoutes(app: FastifyInstance, { engine }: ApiPorts): void {
  for (const verb of PROMOTION_VERBS) {
    app.post<{ Params: schemas.PromotionParams; Body: schemas.SignedBody }>(`/v1/promotions/:model/:epoch/${verb}`, {
      config: { summary: `Steer a promotion by a signed statement: ${verb}` },
      schema: {
        ...{ params: schemas.promotionParams, body: schemas.signedBody },
        response: { 200: schemas.answer({ answer: schemas.text }) },
      },
      handler: async ({ params, body }) => ({ answer: await engine.updatePromotion(params, verb, body.statement) }),
    });
  }
}

/** The offer's id is the statement's: the same request sent again is the same offer. */
function offerOf({ digest, planHash, statement }: schemas.PromoteBody) {
  const claims = claimsOf(statement);
  const named = digest ?? claims.digest;
  if (named === undefined) {
    throw new ApiError(400, 'InvalidRequest', 'neither the body nor the statement names a digest', 'add `digest`');
  }
  return {
    ...{ digest: named, statement, ...(planHash !== undefined && { planHash }) },
    source: claims.verb === 'rollback' ? ('rollback' as const) : ('operator' as const),
    id: `statement-${createHash('sha256').update(statement).digest('hex').slice(0, 32)}`,
  };
}

function refusal({ kind, why }: { kind: 'denied' | 'refused'; why: string }, model: ModelName): ApiError {
  const remedy = kind === 'denied' ? `release the digest with a reason: meridian release ${model}` : undefined;
  return new ApiError(409, kind === 'denied' ? 'Denied' : 'Refused', why, remedy);
}
