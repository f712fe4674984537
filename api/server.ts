import Fastify, { type FastifyInstance } from 'fastify';
import type { ZodType } from 'zod';
import { ApiError, bodyOf, sendError } from './errors';
import { collectRoutes } from './openapi';
import type { ApiPorts, Secrets } from './ports';
import { configurationRoutes } from './routes/configuration';
import { eventRoutes } from './routes/events';
import { healthRoutes } from './routes/health';
import { hookRoutes } from './routes/hooks';
import { lineRoutes } from './routes/lines';
import { manifestRoutes } from './routes/manifest';
import { metricsRoutes } from './routes/metrics';
import { promotionRoutes } from './routes/promotions';

export interface ServerOptions {
  readonly ports: ApiPorts;
  readonly secrets: Secrets;
  readonly https?: { readonly cert: string; readonly key: string }; // PEM
  readonly logLevel?: string; // of pino; default `silent`. Logs go to stderr, as JSON
}

/** What requests under way get when the api stops; whoever is cut off may send the same again. */
const GRACE_MS = 5_000;
/** What a caller gets to send a request, to the end of its body. Answers may take as long as they like: events are streamed. */
const REQUEST_MS = 60_000;

/** The api, not yet listening. */
export function createServer({ ports, secrets, https, logLevel = 'silent' }: ServerOptions): FastifyInstance {
  const logger = { level: logLevel, stream: process.stderr };
  const options = { logger, exposeHeadRoutes: false, requestTimeout: REQUEST_MS, ...(https && { https }) };
  const app = Fastify(options as { logger: typeof logger });
  app.setValidatorCompiler<ZodType>(
    ({ schema, httpPart }) =>
      (value) =>
        checked(schema, value, httpPart ?? 'body'),
  );
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  app.setErrorHandler(sendError);
  app.setNotFoundHandler((request, reply) => {
    const remedy = 'GET /openapi.json lists what there is';
    return reply.status(404).send(bodyOf(new ApiError(404, 'NotFound', `no ${request.method} ${request.url}`, remedy)));
  });
  // Registries send events under content types of their own, e.g. `application/vnd.docker.distribution.events.v2+json`.
  app.addContentTypeParser(
    /^application\/\S+\+json/,
    { parseAs: 'string' },
    app.getDefaultJsonParser('error', 'error'),
  );

  // A connection that never asked for anything counts as busy to Node and would hold up the end for a minute.
  app.addHook('preClose', async () => void setTimeout(() => app.server.closeAllConnections(), GRACE_MS).unref());

  collectRoutes(app);
  hookRoutes(app, ports, secrets);
  promotionRoutes(app, ports);
  lineRoutes(app, ports);
  configurationRoutes(app, ports, secrets);
  manifestRoutes(app, ports);
  eventRoutes(app, ports);
  healthRoutes(app, ports);
  metricsRoutes(app, ports);
  return app;
}

/** Every problem at once, each with its place. */
function checked(schema: ZodType, value: unknown, part: string) {
  const read = schema.safeParse(value);
  if (read.success) return { value: read.data };
  const problems = read.error.issues.map(({ path, message }) => `${[part, ...path].join('.')}: ${message}`);
  return { error: new ApiError(400, 'InvalidRequest', problems.join('; '), 'GET /openapi.json says what is expected') };
}
