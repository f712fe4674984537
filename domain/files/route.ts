import { z } from 'zod';
import { isDigest, isName, type Digest, type ModelName } from '../ids';

/** The wire of a gateway's control listener, shared by the gateway and its adapter, and the rows that a gateway keeps on disk. */

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const ms = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
const percent = z.number().int().min(1).max(99);
const rollout = z.string().min(1).max(512); // a workflow id; Temporal's own limit is 1,000 bytes

export const digestSchema = z.custom<Digest>((value) => typeof value === 'string' && isDigest(value), {
  error: 'expected a digest: sha256: and 64 lowercase hex digits',
});
export const modelNameSchema = z.custom<ModelName>((value) => typeof value === 'string' && isName(value), {
  error: "expected a model name: lowercase letters, digits, '-'; 1-63 characters",
});
const tokenSchema = z.strictObject({ epoch: count, seq: count, attempt: count });
const causeSchema = z.enum(['step', 'flip', 'restore', 'lease', 'fence', 'operator']);
const canarySchema = z.strictObject({
  digest: digestSchema,
  weightPct: percent,
  mode: z.enum(['split', 'mirror']),
  leaseMs: ms.positive(),
});
const trafficSchema = z.strictObject({ stable: digestSchema.nullable(), canary: canarySchema.exactOptional() });

export const fenceSchema = z.strictObject({ token: tokenSchema, rollout });
export const writeSchema = fenceSchema.extend({ generation: count, cause: causeSchema, traffic: trafficSchema });
export const claimSchema = z.strictObject({ token: tokenSchema, generation: count });
export const renewSchema = claimSchema.extend({ lookedAtMs: ms });

const routeSchema = z.strictObject({
  model: modelNameSchema,
  generation: count,
  epoch: count,
  rollout: rollout.nullable(),
  watch: tokenSchema.nullable(),
  cause: causeSchema,
  stable: digestSchema.nullable(),
  canary: canarySchema.exactOptional(),
});
export const routeAnswerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ok'), route: routeSchema }),
  z.object({ kind: z.literal('stale-epoch'), seen: count }),
  z.object({ kind: z.literal('superseded'), fence: tokenSchema }),
  z.object({ kind: z.literal('stale-route'), route: routeSchema }),
]);
export const routeViewSchema = z.object({ route: routeSchema, fence: tokenSchema, clockMs: ms });
export const modelsSchema = z.object({ models: z.array(modelNameSchema) });
/** What the control listener answers beside its answers: a request that it could not take. */
export const controlErrorSchema = z.object({ error: z.string() });

/** A row on disk: `PersistedRow`. */
export const persistedRowSchema = z.strictObject({
  route: routeSchema,
  fence: tokenSchema,
  lastWrite: tokenSchema.nullable(),
  leaseLeftMs: ms.nullable(),
  wallMs: ms,
});
