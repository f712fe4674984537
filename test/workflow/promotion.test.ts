import { servedName, type Digest } from '../../domain/ids';
import { memoryFleet, type MemoryFleet } from '../support/fleet';
import { startTemporal, type Temporal } from '../support/temporal';
import { onStage } from '../support/temporal-stage';

let temporal: Temporal;
beforeAll(async () => (temporal = await startTemporal()));
afterAll(() => temporal?.stop());

/** Every region serves a version, goes by it, and has no canary. */
async function expectServed(fleet: MemoryFleet, digest: Digest | null): Promise<void> {
  for (const region of fleet.regions.values()) {
    await expect(region.serves()).resolves.toMatchObject({ stable: digest, canary: null, current: digest });
  }
}

describe('a promotion, on a real server', () => {
  it('goes live wave by wave', async () => {
    const fleet = await memoryFleet();
    await onStage(temporal, fleet, async (stage) => {
      const digest = await stage.promote();
      await expect(stage.ends()).resolves.toMatchObject({ outcome: 'live', reason: null, committed: true, wave: 2 });
      await expectServed(fleet, digest);
      expect(stage.callsOf('eu-north', 'fenceRegion').join(' ')).toBe(
        'fenceRegion reserve replicate verify load validate setWeight watch setWeight watch flip point watch watch watch finalizeRegion',
      );
      const firstWave = stage.calls.lastIndexOf('eu-north point');
      for (const id of ['us-east', 'ap-south'])
        expect(stage.calls.indexOf(`${id} fenceRegion`)).toBeGreaterThan(firstWave);
      const rows = await fleet.manifest.rows(fleet.model);
      expect(rows.map(({ live, outcome, previous }) => ({ live, outcome, previous }))).toEqual(
        Array(3).fill({ live: digest, outcome: 'live', previous: [fleet.old.digest] }),
      );
      await expect(stage.lineState()).resolves.toMatchObject({ epoch: 2, live: digest, current: null, queue: [] });
    });
  });

  it('brings a first version live without a canary, for there is nothing to compare it with', async () => {
    const fleet = await memoryFleet({ first: true });
    await onStage(temporal, fleet, async (stage) => {
      const digest = await stage.promote();
      await expect(stage.ends(1)).resolves.toMatchObject({ outcome: 'live' });
      expect(stage.calls.filter((call) => call.endsWith(' setWeight'))).toEqual([]);
      await expectServed(fleet, digest);
    });
  });

  it('takes a live region back, newest first, when the last region breaches', async () => {
    const fleet = await memoryFleet();
    await onStage(temporal, fleet, async (stage) => {
      const digest = await fleet.push('v2');
      fleet.region('ap-south').spoil(digest, 0.5);
      await stage.offered(digest);
      const status = await stage.ends();
      expect(status).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'breach' }, committed: false });
      expect(status.reason?.text).toMatch(/^ap-south: at 5 %: /);
      expect(status.timeToSafeMs).toBeGreaterThanOrEqual(0);
      expect(status.regions.map(({ outcome }) => outcome)).toEqual(Array(3).fill('rolled-back'));
      expect(stage.callsOf('eu-north', 'restoreRoute').join(' ')).toBe(
        'restoreRoute restorePointer restoreRoute unload releaseClaims',
      );
      await expectServed(fleet, fleet.old.digest);
      const { denied, live } = await stage.lineState();
      expect(denied[digest]?.reason.kind).toBe('breach');
      expect(live).not.toBe(digest);
    });
  });

  it('takes a first version back to none', async () => {
    const fleet = await memoryFleet({ first: true });
    await onStage(temporal, fleet, async (stage) => {
      const digest = await fleet.push('v1');
      fleet.region('us-east').spoil(digest, 0.5);
      await stage.offered(digest);
      await expect(stage.ends(1)).resolves.toMatchObject({ outcome: 'rolled-back', reason: { kind: 'breach' } });
      await expectServed(fleet, null);
    });
  });

  it('stops a version whose answers are wrong before any traffic, and starts no later wave', async () => {
    const fleet = await memoryFleet();
    await onStage(temporal, fleet, async (stage) => {
      const digest = await fleet.push('v2');
      fleet.region('eu-north').inference.spoil(servedName(fleet.model, digest), 'wrong-answers');
      await stage.offered(digest);
      const status = await stage.ends();
      expect(status).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'validation' }, wave: 1 });
      expect(status.reason?.text).toMatch(/0 of 1 golden cases agree; worst: case case-1, output y/);
      expect(stage.callsOf('eu-north', 'validate').join(' ')).toBe('validate unload releaseClaims');
      expect(stage.calls.filter((call) => /(us-east|ap-south) (?!takeInventory)/.test(call))).toEqual([]);
      await expectServed(fleet, fleet.old.digest);
      expect((await fleet.region('eu-north').serves()).loaded).toEqual([servedName(fleet.model, fleet.old.digest)]);
    });
  });
});
