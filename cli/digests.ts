import { isDigest } from '../domain/ids';
import type { ApiClient } from './api-client';
import { notFound, usage } from './exit-codes';

const PREFIX = /^(sha256:)?[0-9a-f]{6,64}$/;

/**
 * A whole digest from what a person typed: all of it, or the first 6 hex digits or more of one that its line was offered.
 * @throws CliError when it is none, unknown or ambiguous
 */
export async function wholeDigest(api: ApiClient, text: string): Promise<string> {
  const full = text.startsWith('sha256:') ? text : `sha256:${text}`;
  if (isDigest(full)) return full;
  if (!PREFIX.test(text))
    throw usage(`${JSON.stringify(text)} is no digest: sha256:... or its first 6 hex digits or more`);
  const { accounts, promotions } = await api.digest(text);
  const found = [...new Set([...accounts, ...promotions].map(({ digest }) => digest))];
  if (found.length === 1 && found[0] !== undefined) return found[0];
  if (found.length === 0) throw notFound(`no digest begins with ${text}`, 'give all of it: sha256:...');
  throw usage(`${text} begins ${found.length} digests: ${found.join(', ')}`, 'give more of it');
}
