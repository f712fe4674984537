import { Context } from '@temporalio/activity';
import { uploadFreight } from '../distribution';
import { freightBytes } from '../domain/freight';
import type { Digest } from '../domain/ids';
import type { ControlPorts } from '../ports';

export interface UploadInput {
  readonly repository: string;
  readonly freight: Digest;
}

export function uploading({
  hub,
  registryOf,
  configuration,
}: Pick<ControlPorts, 'hub' | 'registryOf' | 'configuration'>) {
  return { upload };

  /**
   * Brings the freight from the registry into the hub's store, checked before the first byte and hashed on the way. Idempotent: resumes.
   * Needs no undo: content-addressed bytes in the hub serve nobody by themselves. Heartbeats with `{ bytesDone, bytesTotal }`.
   *
   * @throws `FreightNotFound`, `InvalidFreight`, `DigestMismatch`, `NotEnoughSpace` (final); `RegistryUnavailable`, `StoreUnavailable` (retried)
   */
  async function upload({ repository, freight: digest }: UploadInput): Promise<{ readonly bytesTotal: number }> {
    const { cancellationSignal: signal, heartbeat } = Context.current();
    const registry = registryOf((await configuration.fleet()).value);
    const onProgress = (bytesDone: number, bytesTotal: number) => heartbeat({ bytesDone, bytesTotal });
    const freight = await uploadFreight({ registry, repository, digest, hub, signal, onProgress });
    return { bytesTotal: freightBytes(freight) };
  }
}
