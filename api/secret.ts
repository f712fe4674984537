import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { ApiError } from './errors';

/** The header for registries that cannot send `Authorization`. */
export const SECRET_HEADER = 'x-meridian-secret';

/**
 * Lets pass who sends the secret: `Authorization: Bearer SECRET`, `Authorization: SECRET` (as Harbor sends it) or `X-Meridian-Secret`.
 * Takes the same time whatever was sent. @throws ApiError 401
 */
export function requireSecret({ headers }: Pick<FastifyRequest, 'headers'>, secret: string, source: string): void {
  const { authorization = '', [SECRET_HEADER]: header = '' } = headers;
  const sent = [authorization.replace(/^bearer +/i, ''), String(header)];
  const matches = sent.map((text) => timingSafeEqual(sha256(text), sha256(secret)));
  if (matches.includes(true)) return;
  const remedy = `send what ${source} holds as \`Authorization: Bearer ...\` or \`X-Meridian-Secret: ...\``;
  throw new ApiError(401, 'Unauthorized', 'the request carries no valid secret', remedy);
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
