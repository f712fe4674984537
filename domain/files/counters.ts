import { z } from 'zod';
import { LATENCY_BOUNDS_MS } from '../counters';
import { digestSchema, modelNameSchema } from './route';

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

export const armSchema = z.enum(['stable', 'canary', 'mirror']);
export const errorsSchema = z.strictObject({
  'status-5xx': count.exactOptional(),
  connect: count.exactOptional(),
  timeout: count.exactOptional(),
  reset: count.exactOptional(),
  'not-loaded': count.exactOptional(),
});
/** Counts a bucket, as many as `LATENCY_BOUNDS_MS` makes. */
export const latencySchema = z.array(count).length(LATENCY_BOUNDS_MS.length + 1);

const segmentSchema = z.object({
  digest: digestSchema,
  arm: armSchema,
  weightPct: z.number().int().min(0).max(100),
  generation: count,
  requests: count,
  errors: errorsSchema,
  latency: latencySchema,
  inFlight: count,
  distinctClients: count,
});
/** What a gateway's control listener answers for the counters of one model: `Counters`. */
export const countersSchema = z.object({
  model: modelNameSchema,
  bootId: z.string().min(1),
  seq: count,
  asOfMs: z.number().min(0),
  segments: z.array(segmentSchema).max(64),
});
