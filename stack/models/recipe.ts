/** How the demo's six versions come about. Everything that decides their bytes is here, in the seeds and in the code. */
export type VersionRecipe =
  | (Common & { readonly kind: 'trained'; readonly seed: number })
  | (Common & {
      readonly kind: 'fine-tuned';
      readonly seed: number;
      readonly from: string;
      readonly tracedBatch?: number;
    })
  | (Common & { readonly kind: 'converted'; readonly from: string });

interface Common {
  readonly version: string;
  readonly about: string; // for people
}

export const MODEL = 'fraud';

/** Training. Measured on one core: 12 s for v1, 1.2 s a fine-tune, which touches an eighth of the table's rows. */
export const TRAINED = { transactions: 120_000, tableRate: 0.01, networkRate: 0.02 } as const;
export const FINE_TUNED = { transactions: 12_000, tableRate: 0.02, networkRate: 0.005 } as const;
/** The least area under the curve that a version must reach on transactions it has not seen; guessing reaches 0.5. */
export const LEAST_AREA = { trained: 0.8, 'fine-tuned': 0.7 } as const;
export const EXAM = { seed: 90_001, transactions: 20_000 } as const;

/** Golden sets: batches of 1 to 8 transactions, as three of four kinds of request have them. */
export const GOLDEN = { cases: 64, largestBatch: 8 } as const;
/** Between CPUs the same fp32 graph differs by rounding only (fp32: 1e-4 relative and 1e-5 absolute across hardware). */
export const SAME_GRAPH = { kind: 'allclose', rtol: 1e-3, atol: 1e-4 } as const;
/** What eight bits may cost a score between 0 and 1; a sound conversion of v2 stays within half of it (test: quantisation). */
export const EIGHT_BITS = { kind: 'allclose', rtol: 0, atol: 0.02 } as const;

export const VERSIONS: readonly VersionRecipe[] = [
  { version: 'v1', kind: 'trained', seed: 1, about: 'trained from nothing' },
  { version: 'v2', kind: 'fine-tuned', from: 'v1', seed: 2, about: 'v1 after a season with new fraud rings' },
  {
    version: 'v3',
    kind: 'fine-tuned',
    from: 'v2',
    seed: 3,
    tracedBatch: 8,
    about: 'v2 after one more season, exported with a batch of 8 traced into the graph: longer batches fail',
  },
  {
    version: 'v4',
    kind: 'converted',
    from: 'v2',
    about: 'v2 converted to int8 with the scale of the table as it was before training: trained rows are cut off',
  },
  { version: 'v5', kind: 'fine-tuned', from: 'v2', seed: 5, about: 'v2 after one more season' },
  { version: 'v6', kind: 'fine-tuned', from: 'v5', seed: 6, about: 'v5 after one more season' },
];
