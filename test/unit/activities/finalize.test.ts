import { MockActivityEnvironment } from '@temporalio/testing';
import { finalizing } from '../../../activities/finalize';
import { MemoryCache } from '../../../adapters/cache/memory';
import { MemoryInference } from '../../../adapters/inference/memory';
import { MemoryObjectStore } from '../../../adapters/object-store/memory';
import { MemoryRouterNode } from '../../../adapters/router/memory';
import { claimLoad, fencePointer } from '../../../distribution';
import { holderOf, parseModelName, parseRegionId, servedName, type Digest } from '../../../domain/ids';
import { MODEL, NEW, NODE, OLD, token } from '../../support/gateway';

const EU = parseRegionId('eu-north');
const EPOCH = 3;
const [OLDER, OLDEST] = ['c', 'd'].map((letter) => `sha256:${letter.repeat(64)}` as Digest) as [Digest, Digest];
const found = { nodes: [{ id: NODE, generation: 1, stable: OLD }], current: OLD, previous: [OLDER] };

/** A region after the commit of NEW by epoch 3, with these versions loaded, and what `finalizeRegion` leaves of them. */
async function region(loaded: readonly string[]) {
  const regional = new MemoryObjectStore({ address: EU });
  const cache = new MemoryCache();
  const inference = new MemoryInference();
  for (const name of loaded) await inference.load(name);
  const router = new MemoryRouterNode(NODE, () => ({ nowMs: 0, wallMs: 0 }));
  const flip = { token: token(EPOCH, 5), rollout: 'rollout/fraud/3/eu-north', generation: 0, cause: 'flip' as const };
  await router.write(MODEL, { ...flip, traffic: { stable: NEW } });
  await fencePointer(regional, MODEL, token(EPOCH, 6), 0);
  const needs = { regional, cache, inference, routers: [router] };
  const holder = holderOf(MODEL, EPOCH, EU, 1);
  const input = { model: MODEL, epoch: EPOCH, freight: NEW, holder, found, keepPrevious: 1 };
  const finalize = () => new MockActivityEnvironment().run(finalizing(needs).finalizeRegion, input);
  return { ...needs, finalize };
}
const named = (...digests: readonly Digest[]) => digests.map((digest) => servedName(MODEL, digest));

describe('the clean-up after a commit', () => {
  it('unloads what is neither live nor the version before it', async () => {
    const { inference, finalize } = await region(named(NEW, OLD, OLDER, OLDEST));
    await finalize();
    await expect(inference.loaded()).resolves.toEqual(named(NEW, OLD).sort());
  });

  it('leaves the versions of another model alone, though its name begins alike', async () => {
    const other = [servedName(parseModelName('fraud--eu'), OLDEST), servedName(parseModelName('fraud-2'), OLDEST)];
    const { inference, finalize } = await region([...named(NEW, OLD), ...other]);
    await finalize();
    await expect(inference.loaded()).resolves.toEqual([...named(NEW, OLD), ...other].sort());
  });

  it('leaves alone what somebody holds', async () => {
    const { inference, regional, finalize } = await region(named(NEW, OLD, OLDEST));
    await claimLoad(regional, servedName(MODEL, OLDEST), holderOf(MODEL, EPOCH + 1, EU, 1));
    await finalize();
    await expect(inference.loaded()).resolves.toContain(servedName(MODEL, OLDEST));
  });

  it('unloads nothing once a newer promotion has fenced the region: it may be about to need it', async () => {
    const { inference, regional, finalize } = await region(named(NEW, OLD, OLDEST));
    await fencePointer(regional, MODEL, token(EPOCH + 1, 1), 0);
    await finalize();
    await expect(inference.loaded()).resolves.toContain(servedName(MODEL, OLDEST));
  });
});
