/** Every way an effect may fail: its name on the wire, and whether trying again can help. */
export const FAILURES = {
  InvalidPlan: { retryable: false },
  InvalidFreight: { retryable: false }, // manifest too large, hostile path, layer that does not match
  FreightNotFound: { retryable: false },
  AccessDenied: { retryable: false },
  Unsupported: { retryable: false }, // GPU, runtime, driver or format
  DigestMismatch: { retryable: false }, // after one re-read
  NotEnoughSpace: { retryable: false }, // says the number of bytes missing
  ClaimReleased: { retryable: false }, // only a straggler meets it
  StaleEpoch: { retryable: false }, // details: { seen }
  Superseded: { retryable: false }, // a newer token of the same epoch holds the fence
  StaleRoute: { retryable: false }, // details: the current route
  ForeignRoute: { retryable: false }, // a foreign epoch's route serves our freight: only a person may overrule
  ModelMissing: { retryable: false }, // the previous version cannot be loaded: no way back
  RegionUnreachable: { retryable: true },
  StoreUnavailable: { retryable: true },
  RegistryUnavailable: { retryable: true },
  ManifestUnavailable: { retryable: true },
  MetricsUnavailable: { retryable: true },
  EngineUnavailable: { retryable: true }, // Temporal cannot be reached
  Throttled: { retryable: true },
  NotReady: { retryable: true }, // GPU busy, model loading: expected
} as const satisfies Record<string, { retryable: boolean }>;

export type FailureType = keyof typeof FAILURES;

/** The one error that adapters, distribution and activities throw for "could not do it". A breach is a value instead. */
export class Failure extends Error {
  /** Small, plain data for the workflow, e.g. `{ seen: 7 }` of a `StaleEpoch`. */
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(
    readonly type: FailureType,
    message: string,
    more: { readonly cause?: unknown; readonly details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, { cause: more.cause });
    this.name = type;
    this.details = more.details;
  }
}
