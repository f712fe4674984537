import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freightHolders } from '../../distribution/claims';
import { takeInventory } from '../../distribution/inventory';
import { parseDigest } from '../../domain/ids';
import { regionWorkerPart, temporalPart } from '../../stack/parts';
import { EmbeddedStack } from '../../stack/embedded';
import { layOut } from '../../stack/layout';
import { StackProcess } from '../../stack/processes';
import { readServers } from '../../stack/servers';
import { Stage } from '../support/stack';
import { policyText, REGIONS } from '../support/stack-policy';
import { getJson, until } from '../support/stack-promotion';
import { inferenceOf, storeOf } from '../support/stack-region';
import { everywhere, servedIn, when } from '../support/stack-steps';

const EU = 'eu-north';
const SMALL = 8 * 1024 * 1024; // less than the model's 32 MiB

describe('the engine', () => {
  it('says within seconds that Temporal cannot be reached and where it looks, and works once it can be', async () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'meridian-e2e-'));
    const layout = await layOut(dir, { store: 'filesystem', registry: 'layout' });
    const servers = readServers(process.env);
    const stack = new EmbeddedStack(layout, servers, () => undefined);
    stack.install({ fraud: policyText() });
    const [region] = layout.regions;
    if (!region) throw new Error('no region');
    const file = path.join(dir, 'secrets', `${EU}-router.token`);
    const tokens = { [`${EU} router`]: file, [`${EU} inference`]: file };
    const secrets = { hubKeys: {}, storeKeys: {}, tokens, rootKeyFile: '' };
    const worker = new StackProcess(regionWorkerPart(layout, region, secrets), layout.logs);
    const temporal = new StackProcess(temporalPart(layout, servers), layout.logs);
    try {
      const ready = worker.start();
      ready.catch(() => undefined); // awaited below
      const log = () => readFileSync(worker.logFile, 'utf8');
      await until(
        'its word',
        async () => log(),
        (text) => text.includes('Temporal cannot be reached'),
        15_000,
      );
      expect(log()).toContain(stack.addresses.temporal);
      expect(worker.isRunning).toBe(true);
      await temporal.start();
      await ready;
    } finally {
      await worker.stop();
      await temporal.stop();
      rmSync(dir, { recursive: true, force: true });
    }
  }, 60_000);

  // A full disk is a small file system of its own, which takes the right to mount one.
  (canMount() ? it : it.skip)(
    'refuses a freight early where a store has no room for it, says how many bytes are missing, and leaves nothing behind',
    async () => {
      let store = '';
      const stage = await Stage.open({
        store: 'filesystem',
        beforeStart: ({ regions }) => {
          store = path.join(regions.find(({ id }) => id === EU)?.dir ?? '', 'store');
          mkdirSync(store, { recursive: true });
          execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SMALL}`, 'tmpfs', store]);
        },
      });
      try {
        const promotion = await when(stage).promoted();
        const { status, rollouts } = await promotion.ended();
        expect(status).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'fault' } });
        const missing = Number(/lacks (\d+) bytes/.exec(status?.reason?.text ?? '')?.[1]);
        expect(missing).toBeGreaterThan(32 * 1024 * 1024 - SMALL);
        expect(rollouts[EU]?.phases.map(({ phase }) => phase)).toEqual(['reserving', 'rolling-back', 'ended']);
        const digest = parseDigest(promotion.digest);
        for (const region of REGIONS) {
          expect(await freightHolders(storeOf(stage, region), digest)).toEqual([]);
          expect(await inferenceOf(stage, region).loaded()).toEqual([]);
        }
        expect(await takeInventory(storeOf(stage, EU))).toEqual({ freights: [], files: [] });
        expect(await servedIn(stage)).toEqual(everywhere(null));
        const { denied } = await getJson<{ denied: object }>(stage, '/v1/lines/fraud');
        expect(Object.keys(denied)).toEqual([digest]);
      } finally {
        await stage.stack.stop();
        execFileSync('umount', [store]);
        await stage.close();
      }
    },
    240_000,
  );
});

/** Mounting takes root, and a computer that lets it. */
function canMount(): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'meridian-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
