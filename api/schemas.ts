import { z } from 'zod';
import { isDigest, isName, type Digest, type ModelName } from '../domain/ids';

// What callers send, checked at the edge; the same schemas make the OpenAPI document. Unknown fields are errors.

const NAME = "not a name: lowercase letters, digits, '-'; 1-63 characters";
const name = z.custom<ModelName>((value) => typeof value === 'string' && isName(value), NAME).meta({ type: 'string' });
const digest = z
  .custom<Digest>((value) => typeof value === 'string' && isDigest(value), 'not sha256: and 64 hex digits')
  .meta({ type: 'string', pattern: '^sha256:[0-9a-f]{64}$' });
const statement = z.string().min(1).max(16_384).meta({ description: 'compact JWS (EdDSA) over the statement' });
const limit = z.coerce.number().int().min(1).max(1_000).default(50);
const eventId = z.coerce.number().int().min(0);

export const modelParams = z.strictObject({ model: name });
export const promotionParams = z.strictObject({ model: name, epoch: z.coerce.number().int().min(1) });
export const digestParams = z.strictObject({
  digest: z.string().regex(/^(sha256:)?[0-9a-f]{6,64}$/, 'not a digest or at least its first 6 hex digits'),
});
export const modelQuery = z.strictObject({ model: name.optional() });
export const listQuery = z.strictObject({ model: name.optional(), limit });
export const eventsQuery = z.strictObject({ model: name.optional(), after: eventId.optional() });

export const signedBody = z.strictObject({ statement });
export const promoteBody = z.strictObject({
  model: name,
  digest: digest.optional().meta({ description: 'default: the one that the statement names' }),
  planHash: digest.optional().meta({ description: 'of the plan that was shown; refused when it changed meanwhile' }),
  statement,
});
export const planBody = z.strictObject({
  model: name,
  digest: digest.optional().meta({ description: 'default: what the first followed tag points to' }),
});
export const configurationBody = z.strictObject({
  files: z
    .array(z.strictObject({ name: z.string().min(1).max(200), text: z.string().max(1_000_000) }))
    .min(1)
    .max(1_000),
  dryRun: z.boolean().default(false),
});

export const text = z.string();
export const flag = z.boolean();
export const count = z.number().int();
export const list = z.array(z.unknown());
export const record = z.record(z.string(), z.unknown());

/** Fields of an answer that this document does not list are there as well: see `workflows/contract/` and `ports/manifest.ts`. */
export const answer = (fields: z.ZodRawShape) => z.looseObject(fields);
export const errorAnswer = z.strictObject({
  error: z.strictObject({ code: z.string(), message: z.string(), remedy: z.string().optional() }),
});

export type PromoteBody = z.infer<typeof promoteBody>;
export type PlanBody = z.infer<typeof planBody>;
export type ConfigurationBody = z.infer<typeof configurationBody>;
export type SignedBody = z.infer<typeof signedBody>;
export type ModelParams = z.infer<typeof modelParams>;
export type PromotionParams = z.infer<typeof promotionParams>;
export type DigestParams = z.infer<typeof digestParams>;
export type ModelQuery = z.infer<typeof modelQuery>;
export type ListQuery = z.infer<typeof listQuery>;
export type EventsQuery = z.infer<typeof eventsQuery>;
