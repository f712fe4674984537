import type { FastifyInstance } from 'fastify';
import type { ApiPorts } from '../ports';
import { readiness } from '../readiness';
import * as schemas from '../schemas';

const CHECKS = schemas.answer({ ready: schemas.flag, checks: schemas.list });

export function healthRoutes(app: FastifyInstance, ports: ApiPorts): void {
  app.get('/healthz', {
    config: { summary: 'Whether this process runs' },
    schema: { response: { 200: schemas.answer({ alive: schemas.flag }) } },
    handler: () => ({ alive: true }),
  });
  app.get('/readyz', {
    config: { summary: 'Whether Temporal, manifest, configuration and registry answer; each with what is wrong' },
    schema: { response: { 200: CHECKS, 503: CHECKS } },
    handler: async (_request, reply) => {
      const checks = await readiness(ports);
      const ready = checks.every((check) => check.ready);
      return reply.status(ready ? 200 : 503).send({ ready, checks });
    },
  });
}
