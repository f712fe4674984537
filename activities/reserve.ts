import { claimFreight, hasFreight, missingBytes, readFreight, releaseFreight } from '../distribution';
import { Failure } from '../domain/failures';
import { wantedBy, type Found } from '../domain/found';
import { freightBytes, type Freight } from '../domain/freight';
import { servedName, type Digest, type Holder, type ModelName } from '../domain/ids';
import { unmetRequirements } from '../domain/requirements';
import type { RegionPorts } from '../ports';

export interface ReserveInput {
  readonly model: ModelName;
  readonly freight: Digest;
  readonly holder: Holder;
  readonly found: Found;
}
export interface Reservation {
  readonly bytesTotal: number;
  readonly bytesMissing: number;
}
export interface ReleaseInput {
  readonly holder: Holder;
  readonly freights: readonly Digest[];
}

type Needs = Pick<RegionPorts, 'hub' | 'regional' | 'cache' | 'inference' | 'region'>;

export function reservation({ hub, regional, cache, inference, region }: Needs) {
  return { reserve, releaseClaims };

  /**
   * Claims the new version and those it would fall back to, then checks what the region needs before any byte moves: what the
   * freight requires, room in store, cache and memory, and that the version found is present and loadable, for it is the way back.
   * Idempotent. Undo: `releaseClaims`.
   *
   * @throws `Unsupported`, `NotEnoughSpace` (with the bytes missing), `ModelMissing`, `ClaimReleased` (final)
   */
  async function reserve({ model, freight: digest, holder, found }: ReserveInput): Promise<Reservation> {
    for (const wanted of wantedBy(digest, found)) await claimFreight(regional, wanted, holder);
    const freight = await readFreight(hub, digest);
    const unmet = unmetRequirements(freight.requires, {
      fingerprint: await inference.fingerprint(),
      gpu: region.gpu,
      freeMemoryBytes: await inference.freeMemoryBytes(),
    });
    if (unmet.length > 0)
      throw new Failure('Unsupported', `${region.id} lacks what ${digest} requires: ${unmet.join('; ')}`);
    const bytesMissing = await missingBytes(freight, regional);
    await checkRoom(freight, bytesMissing);
    for (const stable of new Set(found.nodes.map((node) => node.stable))) {
      if (stable !== null && stable !== digest) await checkWayBack(model, stable);
    }
    return { bytesTotal: freightBytes(freight), bytesMissing };
  }

  /** Undoes `reserve` and `replicate`: ends this rollout's claims, for good; bytes that others need stay. Idempotent. */
  async function releaseClaims({ holder, freights }: ReleaseInput): Promise<void> {
    for (const freight of freights) await releaseFreight(regional, freight, holder);
  }

  async function checkRoom(freight: Freight, bytesMissing: number): Promise<void> {
    const free = await regional.freeBytes();
    if (free !== null && free < bytesMissing) {
      const text = `${regional.address} lacks ${bytesMissing - free} bytes for ${freight.digest}`;
      throw new Failure('NotEnoughSpace', `${text}; free some, or lower what retention keeps`);
    }
    if (await cache.has(servedName(freight.model, freight.digest))) return;
    const cacheFree = await cache.freeBytes();
    const short = freightBytes(freight) - cacheFree;
    if (short > 0) throw new Failure('NotEnoughSpace', `the model cache of ${region.id} lacks ${short} bytes`);
  }

  async function checkWayBack(model: ModelName, stable: Digest): Promise<void> {
    if (!(await hasFreight(regional, stable))) {
      throw new Failure('ModelMissing', `${region.id} serves ${stable}, but its store lacks the bytes: no way back`);
    }
    const state = await inference.state(servedName(model, stable));
    if (state !== 'ready') {
      throw new Failure('ModelMissing', `${region.id} serves ${stable}, but its runtime says ${state}: no way back`);
    }
  }
}
