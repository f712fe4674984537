import type { Rewrite } from './mutants/rewrites';

/** The same engine with another constant: nothing may be found there either. */
export const VARIANTS: Readonly<Record<string, Rewrite>> = {
  'fan-outs to every region': { under: 'workflows', from: 'BY_ITSELF = 5;', to: 'BY_ITSELF = 0;' },
};
