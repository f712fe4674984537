import { Failure } from '../../domain/failures';

/** What a row of the manifest is fenced by. */
export interface Fence {
  readonly epoch: number;
  readonly seq: number;
}

/** Whether `a` is below `b`: by epoch, then by seq. Pure. */
export function isLower(a: Fence, b: Fence): boolean {
  return a.epoch < b.epoch || (a.epoch === b.epoch && a.seq < b.seq);
}

/** What a write of a lower token is told (contract 5: lower epoch, then lower token). */
export function refusal(where: string, token: Fence, seen: Fence): Failure {
  if (token.epoch < seen.epoch) {
    const message = `the manifest's row of ${where} is held by epoch ${seen.epoch}, this is epoch ${token.epoch}`;
    return new Failure('StaleEpoch', message, { details: { seen: seen.epoch } });
  }
  const message = `the manifest's row of ${where} is held by step ${seen.seq} of epoch ${seen.epoch}, this is step ${token.seq}`;
  return new Failure('Superseded', message, { details: { seen: seen.seq } });
}
