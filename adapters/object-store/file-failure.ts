import { Failure } from '../../domain/failures';

/** Whether a file or one of its folders is not there. */
export function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** What a file system's error means for a store; our own mistakes pass through. */
export function fileFailure(error: unknown, address: string, bytes?: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof Failure || code === undefined) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const lacking = bytes === undefined ? '' : ` for ${bytes} bytes`;
    return new Failure('NotEnoughSpace', `${address} has no space left${lacking} (${code})`, {
      cause: error,
      details: { bytes },
    });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new Failure('AccessDenied', `${address} refuses access (${code}): check its owner and mode`, {
      cause: error,
    });
  }
  const remedy = isMissing(error) ? 'is the disk mounted, and is its parent folder there?' : 'check the disk';
  return new Failure('StoreUnavailable', `${address} cannot be used (${code}): ${remedy}`, { cause: error });
}
