import { Context } from '@temporalio/activity';
import { claimFreight, readFreight, replicateFreight, verifyFreight } from '../distribution';
import { freightBytes } from '../domain/freight';
import type { Digest, Holder } from '../domain/ids';
import type { RegionPorts } from '../ports';

export interface ReplicateInput {
  readonly freight: Digest;
  readonly holder: Holder;
}
export interface Replicated {
  readonly bytesTotal: number;
  readonly bytesMoved: number; // by this attempt; an earlier attempt's parts are not moved again
}

export function replication({ hub, regional }: Pick<RegionPorts, 'hub' | 'regional'>) {
  return { replicate, verify };

  /**
   * Makes every byte of the freight present in the region, each part proved by its digest. Idempotent: resumes from what arrived.
   * Undo: `releaseClaims`. Heartbeats with `{ bytesDone, bytesTotal }` on progress, never on a timer.
   *
   * @throws `DigestMismatch`, `NotEnoughSpace`, `ClaimReleased` (final); `StoreUnavailable` (retried)
   */
  async function replicate({ freight: digest, holder }: ReplicateInput): Promise<Replicated> {
    const { cancellationSignal: signal, heartbeat, log } = Context.current();
    await claimFreight(regional, digest, holder); // before the first byte: unclaimed bytes may be collected
    const freight = await readFreight(hub, digest, signal);
    const bytesTotal = freightBytes(freight);
    const { bytesMoved } = await replicateFreight({
      freight,
      from: hub,
      to: regional,
      signal,
      onProgress: (bytesDone) => heartbeat({ bytesDone, bytesTotal }),
    });
    log.info('replicated', { freight: digest, bytesMoved, bytesTotal });
    return { bytesTotal, bytesMoved };
  }

  /**
   * Recomputes every file's digest from the region's own bytes. Idempotent, changes nothing but that a bad part is dropped.
   * @throws `DigestMismatch` (final), `FreightNotFound` (final)
   */
  async function verify({ freight: digest }: { readonly freight: Digest }): Promise<void> {
    const { cancellationSignal: signal, heartbeat } = Context.current();
    const freight = await readFreight(regional, digest, signal);
    const bytesTotal = freightBytes(freight);
    await verifyFreight({
      freight,
      store: regional,
      signal,
      onProgress: (bytesDone) => heartbeat({ bytesDone, bytesTotal }),
    });
  }
}
