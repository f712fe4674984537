import type { Choices } from './layout';
import type { Servers } from './servers';

/** The options with which a person chooses parts; by default the real one where it was found. */
export const CHOICE_OPTIONS = { store: { type: 'string' }, registry: { type: 'string' } } as const;

/**
 * Checks the choices against what the directory has already, then against what there is.
 * @param before how the directory was laid out
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
  const chosen: Choices = { store: stored, registry: kept };
  if (before) refuseOthers(chosen, before);
  if (stored === 's3' && !servers.versitygw) throw new Error('--store s3: no S3 server was found; see `npm run setup`');
  if (kept === 'distribution' && !servers.registry) {
    throw new Error('--registry distribution: no registry was found; see `npm run setup`');
  }
  return chosen;
}

/** Parts keep their data where they are: a directory stays with those that it was laid out with. @throws Error naming both */
export function refuseOthers(asked: Choices, had: Choices): void {
  for (const part of ['store', 'registry'] as const) {
    if (had[part] === asked[part]) continue;
    throw new Error(
      `--${part} ${asked[part]}: the directory was laid out with --${part} ${had[part]}; say that, or another directory`,
    );
  }
}
