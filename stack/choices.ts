import type { Choices } from './layout';
import type { Servers } from './servers';

/** The options with which a person chooses parts; by default the real one where it was found. */
export const CHOICE_OPTIONS = { store: { type: 'string' }, registry: { type: 'string' } } as const;

/**
 * Checks the choices against what there is.
 * @param before what the directory has already; nothing else is taken unless it is asked for
 * @throws Error that says what is possible
 */
export function choose(
  { store, registry }: { readonly store?: string | undefined; readonly registry?: string | undefined },
  servers: Servers,
  before?: Choices,
): Choices {
  const stored = store ?? before?.store ?? (servers.versitygw ? 's3' : 'filesystem');
  const kept = registry ?? before?.registry ?? (servers.registry ? 'distribution' : 'layout');
  if (stored !== 's3' && stored !== 'filesystem') throw new Error(`--store ${stored}: s3 or filesystem`);
  if (kept !== 'distribution' && kept !== 'layout') throw new Error(`--registry ${kept}: distribution or layout`);
  if (stored === 's3' && !servers.versitygw) throw new Error('--store s3: no S3 server was found; see `npm run setup`');
  if (kept === 'distribution' && !servers.registry) {
    throw new Error('--registry distribution: no registry was found; see `npm run setup`');
  }
  return { store: stored, registry: kept };
}
