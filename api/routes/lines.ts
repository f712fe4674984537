import type { FastifyInstance } from 'fastify';
import { LINE_VERBS } from '../engine-client';
import { knownModel } from '../known-model';
import type { ApiPorts } from '../ports';
import * as schemas from '../schemas';

/** The lane of one model: what it holds, and steering it by signed statements. */
export function lineRoutes(app: FastifyInstance, ports: ApiPorts): void {
  app.get('/v1/lines', {
    config: { summary: 'The models that are installed: each has a line' },
    schema: { response: { 200: schemas.answer({ models: schemas.list }) } },
    handler: async () => ({ models: await ports.configuration.models() }),
  });
  app.get<{ Params: schemas.ModelParams }>('/v1/lines/:model', {
    config: { summary: 'What a line has queued, has under way, denies and is held by' },
    schema: { params: schemas.modelParams, response: { 200: schemas.answer({ epoch: schemas.count }) } },
    handler: async ({ params }) => ports.engine.line(await knownModel(ports, params.model)),
  });
  for (const verb of LINE_VERBS) {
    app.post<{ Params: schemas.ModelParams; Body: schemas.SignedBody }>(`/v1/lines/:model/${verb}`, {
      config: { summary: `Steer a line by a signed statement: ${verb}` },
      schema: {
        ...{ params: schemas.modelParams, body: schemas.signedBody },
        response: { 200: schemas.answer({ answer: schemas.text }) },
      },
      handler: async ({ params, body }) => {
        const model = await knownModel(ports, params.model);
        return { answer: await ports.engine.updateLine(model, verb, body.statement) };
      },
    });
  }
}
