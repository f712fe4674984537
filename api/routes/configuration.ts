import type { FastifyInstance } from 'fastify';
import { ApiError } from '../errors';
import type { ApiPorts, Secrets } from '../ports';
import * as schemas from '../schemas';
import { requireSecret } from '../secret';

const SOURCE = 'MERIDIAN_API_TOKEN_FILE';
/** Fleet and model files of a large fleet, as JSON. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** Checks and installs what people wrote: fleet, models, roster. All or nothing, every problem at once. */
export function configurationRoutes(app: FastifyInstance, { configuration }: ApiPorts, secrets: Secrets): void {
  app.post<{ Body: schemas.ConfigurationBody }>('/v1/configuration', {
    bodyLimit: MAX_BODY_BYTES,
    config: { summary: 'Check files and, unless it is a dry run, install them' },
    schema: { body: schemas.configurationBody, response: { 200: schemas.answer({ installed: schemas.list }) } },
    preValidation: async (request) => {
      if (secrets.token !== null) requireSecret(request, secrets.token, SOURCE);
      else if (!secrets.isLocal)
        throw new ApiError(403, 'Forbidden', 'the configuration is closed: no token is set', `set ${SOURCE}`);
    },
    handler: async ({ body: { files, dryRun } }) =>
      dryRun
        ? { dryRun, installed: [], wouldInstall: await configuration.check(files) }
        : { dryRun, installed: await configuration.apply(files), wouldInstall: [] },
  });
}
