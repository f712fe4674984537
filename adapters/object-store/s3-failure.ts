import { Failure } from '../../domain/failures';

/** An answer that says no, with S3's own code where it gives one. */
export class S3Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly retryAfter: string | undefined,
  ) {
    super(`HTTP ${status} ${code}`.trim());
  }
}

/** What an S3 server's answer, or its silence, means for a store; our own mistakes pass through. */
export function s3Failure(error: unknown, address: string): unknown {
  if (error instanceof Failure) return error;
  if (error instanceof S3Refusal) return refusalFailure(error, address);
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined && syscall === undefined) return error;
  const remedy = 'check that the store runs, its endpoint, and the network between';
  return new Failure('StoreUnavailable', `${address} cannot be reached (${code}): ${remedy}`, { cause: error });
}

function refusalFailure(refusal: S3Refusal, address: string): Failure {
  const { status, code, retryAfter } = refusal;
  const said = `${address} answered ${refusal.message}`;
  const more = { cause: refusal };
  if (code === 'XMinioStorageFull' || code === 'QuotaExceeded' || status === 507) {
    return new Failure('NotEnoughSpace', `${said}: free space there`, more);
  }
  if (status === 401 || status === 403) {
    return new Failure('AccessDenied', `${said}: check the access key, the secret key and the bucket's policy`, more);
  }
  if (status === 429 || code === 'SlowDown') {
    const seconds = Number(retryAfter);
    const details = Number.isFinite(seconds) && retryAfter ? { retryAfterMs: seconds * 1000 } : {};
    return new Failure('Throttled', said, { ...more, details });
  }
  if (code === 'NoSuchBucket') return new Failure('StoreUnavailable', `${said}: create the bucket`, more);
  if (status >= 500 || status === 408 || status === 409) return new Failure('StoreUnavailable', said, more);
  return new Failure('Unsupported', `${said}: is this an S3 server, and does it know this call?`, more);
}
