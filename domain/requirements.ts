import type { Fingerprint } from './evidence';
import type { Requirements } from './freight';

/** What a region offers, as its runtime and its fleet entry say. */
export interface Offered {
  readonly fingerprint: Fingerprint;
  readonly gpu: string;
  readonly freeMemoryBytes: number | null; // null: no runtime can say, which refuses nothing
}

/** The requirements that a region does not meet, each as one phrase; empty when it meets all. Pure. */
export function unmetRequirements(requires: Requirements, { fingerprint, gpu, freeMemoryBytes }: Offered): string[] {
  const unmet: string[] = [];
  if (requires.runtime !== undefined && !fingerprint.runtime.includes(requires.runtime)) {
    unmet.push(`runtime ${requires.runtime}, found ${fingerprint.runtime}`);
  }
  if (requires.gpu !== undefined && requires.gpu !== 'none' && requires.gpu !== gpu) {
    unmet.push(`gpu ${requires.gpu}, found ${gpu}`);
  }
  if (requires.driver !== undefined && compareVersions(fingerprint.driver, requires.driver) < 0) {
    unmet.push(`driver ${requires.driver} or newer, found ${fingerprint.driver || 'none'}`);
  }
  if (requires.memoryBytes !== undefined && freeMemoryBytes !== null && freeMemoryBytes < requires.memoryBytes) {
    unmet.push(`${requires.memoryBytes} bytes of memory beside the live version, found ${freeMemoryBytes}`);
  }
  return unmet;
}

/** Compares dotted decimals number by number; what is not a number counts as 0. Pure. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split('.'), b.split('.')];
  for (let part = 0; part < Math.max(left.length, right.length); part++) {
    const difference = (Number(left[part]) || 0) - (Number(right[part]) || 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
