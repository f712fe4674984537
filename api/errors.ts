import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Failure, type FailureType } from '../domain/failures';

/** An answer that is no success, in the one shape that all have: `{ error: { code, message, remedy? } }`. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly remedy?: string,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** What the caller is told when something could not be done: his mistake (4xx), or a part that does not answer (503). */
const STATUS: Readonly<Record<FailureType, number>> = {
  ...{ InvalidPlan: 422, InvalidFreight: 422, Unsupported: 422, DigestMismatch: 422, NotEnoughSpace: 409 },
  ...{ FreightNotFound: 404, AccessDenied: 403 },
  ...{ ClaimReleased: 409, StaleEpoch: 409, Superseded: 409, StaleRoute: 409, ForeignRoute: 409, ModelMissing: 409 },
  ...{ RegionUnreachable: 503, StoreUnavailable: 503, RegistryUnavailable: 503, ManifestUnavailable: 503 },
  ...{ MetricsUnavailable: 503, EngineUnavailable: 503, Throttled: 503, NotReady: 503 },
};

/** A failure by its name on the wire, e.g. as it arrives from an activity; undefined for a name that is none. */
export function errorOfFailure(type: string, message: string): ApiError | undefined {
  return Object.hasOwn(STATUS, type) ? new ApiError(STATUS[type as FailureType], type, message) : undefined;
}

/** Turns whatever a route throws into the one shape. What nobody foresaw is logged, and its words stay here. */
export function sendError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const told = toldError(error);
  if (told.status >= 500) request.log.warn({ err: error, code: told.code }, 'request not served');
  return reply.status(told.status).send(bodyOf(told));
}

export function bodyOf({ code, message, remedy }: ApiError) {
  return { error: { code, message, ...(remedy !== undefined && { remedy }) } };
}

function toldError(error: FastifyError | Error): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof Failure) return errorOfFailure(error.type, error.message) ?? unforeseen();
  const { statusCode = 500, code = 'InvalidRequest' } = error as FastifyError;
  return statusCode < 500 ? new ApiError(statusCode, code, error.message) : unforeseen();
}

function unforeseen(): ApiError {
  return new ApiError(500, 'Internal', 'something went wrong that was not foreseen', 'look into the log of the api');
}
