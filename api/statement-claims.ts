import { z } from 'zod';
import { isDigest, type Digest } from '../domain/ids';

const claims = z.object({
  digest: z
    .custom<Digest>((value) => typeof value === 'string' && isDigest(value))
    .optional()
    .catch(undefined),
  verb: z.string().optional().catch(undefined),
});

/** What a statement says, unchecked: good for filling in what the caller left out, and for nothing else. Pure, total. */
export function claimsOf(statement: string): z.infer<typeof claims> {
  try {
    const payload = Buffer.from(statement.split('.')[1] ?? '', 'base64url').toString('utf8');
    return claims.parse(JSON.parse(payload));
  } catch {
    return {}; // no JWS: whoever checks it says so
  }
}
