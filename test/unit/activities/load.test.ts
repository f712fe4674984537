import { MockActivityEnvironment } from '@temporalio/testing';
import { loading } from '../../../activities/load';
import { holderOf, servedName } from '../../../domain/ids';
import { CONTROL_SETTLES_MS } from '../../../ports/inference';
import { memoryFleet } from '../../support/fleet';

const NOTHING = { nodes: [], current: null, previous: [] };

/** A region that has v1 loaded, and a call to unload it under way that takes hold while somebody waits. */
async function leaving() {
  const { region, old, model } = await memoryFleet({ regions: ['eu-north'] });
  const eu = region('eu-north');
  const { inference, regionId } = eu;
  const waits: number[] = [];
  const sleep = async (ms: number, signal: AbortSignal) => {
    waits.push(ms);
    await inference.unload(servedName(model, old.digest), signal);
  };
  const { load, unload } = loading({ ...eu.ports(), clock: { nowMs: () => 0, sleep } });
  const input = { model, freight: old.digest, holder: holderOf(model, 2, regionId, 1) };
  return { load, unload, input, waits, inference, name: servedName(model, old.digest) };
}

describe('a load', () => {
  it('ends with the version loaded that an earlier clean-up was about to unload', async () => {
    const { load, input, waits, inference, name } = await leaving();
    await new MockActivityEnvironment().run(load, { ...input, found: NOTHING });
    expect(waits[0]).toBe(CONTROL_SETTLES_MS);
    await expect(inference.loaded()).resolves.toContain(name);
  });

  it('waits for nothing where the region keeps the version loaded itself', async () => {
    const { load, input, waits } = await leaving();
    await new MockActivityEnvironment().run(load, { ...input, found: { ...NOTHING, previous: [input.freight] } });
    expect(waits).toEqual([]);
  });
});

describe('its undo', () => {
  it('leaves a version loaded that was found so: the region keeps the one before the current by itself', async () => {
    const { unload, input, inference, name } = await leaving();
    await new MockActivityEnvironment().run(unload, { ...input, settled: true, stays: true });
    await expect(inference.loaded()).resolves.toContain(name);
  });
});
