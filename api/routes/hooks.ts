import type { FastifyInstance } from 'fastify';
import { ApiError } from '../errors';
import { heardIn } from '../hooks/bodies';
import { followedBy, HookFollower } from '../hooks/follower';
import type { ApiPorts, Secrets } from '../ports';
import * as schemas from '../schemas';
import { requireSecret } from '../secret';

const SOURCE = 'MERIDIAN_API_HOOK_SECRET_FILE';

/** Where registries tell of new digests. A hook is only a hint: it answers at once with what was understood, and the registry is asked. */
export function hookRoutes(app: FastifyInstance, ports: ApiPorts, { hook }: Secrets): void {
  const follower = new HookFollower(ports, app.log);
  app.addHook('onClose', () => follower.close());

  app.post<{ Body: Readonly<Record<string, unknown>> }>('/v1/hooks/registry', {
    config: { summary: 'An event of a registry: distribution notifications, Harbor (default or CloudEvents), zot' },
    schema: {
      body: schemas.record,
      response: { 202: schemas.answer({ sender: schemas.text, follows: schemas.list }) },
    },
    preValidation: async (request) => {
      if (hook === null) throw new ApiError(403, 'Forbidden', 'hooks are refused: no secret is set', `set ${SOURCE}`);
      requireSecret(request, hook, SOURCE);
    },
    handler: async ({ headers, body }, reply) => {
      const heard = heardIn(headers, body);
      if (!heard) {
        const message = 'the body is no event of distribution, Harbor or zot';
        throw new ApiError(400, 'InvalidRequest', message, 'have the registry send its own events, unchanged');
      }
      const followed = await followedBy(ports, heard.hints);
      follower.take(followed);
      const follows = followed.map(({ model, repository, tag }) => ({ model, repository, tag }));
      const { sender, hints, ignored } = heard;
      return reply.status(202).send({ sender, events: hints.length + ignored, ignored, follows });
    },
  });
}
