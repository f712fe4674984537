import { Context } from '@temporalio/activity';
import { claimLoad, isLoadHeld, placeFreight, readFreight, releaseLoad } from '../distribution';
import { Failure } from '../domain/failures';
import { staysLoaded, type Found } from '../domain/found';
import { servedName, type Digest, type Holder, type ModelName } from '../domain/ids';
import { serves } from '../domain/route';
import type { RegionPorts } from '../ports';
import { CONTROL_SETTLES_MS } from '../ports/inference';

const POLL_MS = 200; // a runtime's 200 to `load` proves nothing: readiness is polled

interface Loaded {
  readonly model: ModelName;
  readonly freight: Digest;
  readonly holder: Holder;
}

export interface LoadInput extends Loaded {
  readonly found: Found;
}

export interface UnloadInput extends Loaded {
  readonly settled: boolean; // its load was answered: no call to load is on its way any more
  readonly stays: boolean; // it was found as one that the region keeps loaded by itself
}

type Needs = Pick<RegionPorts, 'regional' | 'cache' | 'inference' | 'routers' | 'clock'>;

export function loading({ regional, cache, inference, routers, clock }: Needs) {
  return { load, unload };

  /**
   * Puts the freight's files where runtimes read them and loads them under their immutable name, until every runtime is ready.
   * The holder is added first, and looked for again at the end: released meanwhile means unload again. What is left of a version
   * that need not stay may be on its way out by the clean-up of an earlier promotion: files and runtime are looked at when that has settled. Idempotent.
   * Undo: `unload`. Heartbeats at every look for readiness.
   *
   * @throws `Unsupported`, `ClaimReleased`, `NotEnoughSpace` (final); `RegionUnreachable` (retried)
   */
  async function load({ model, freight: digest, holder, found }: LoadInput): Promise<void> {
    const { cancellationSignal: signal, heartbeat } = Context.current();
    const name = servedName(model, digest);
    await claimLoad(regional, name, holder);
    heartbeat({ loading: name });
    if (!staysLoaded(digest, found) && (await lingers(name))) await clock.sleep(CONTROL_SETTLES_MS, signal);
    const freight = await readFreight(regional, digest, signal);
    await placeFreight({
      freight,
      store: regional,
      cache,
      name,
      signal,
      onProgress: (bytesDone) => heartbeat({ bytesDone }),
    });
    await untilReady(name, signal, heartbeat);
    if (await isLoadHeld(regional, name, holder)) return;
    if (!staysLoaded(digest, found)) await unloadIfUnheld(model, digest, signal);
    throw new Failure('ClaimReleased', `${holder} let go of ${name} while it was loading`);
  }

  async function lingers(name: string): Promise<boolean> {
    return (await inference.state(name)) !== 'absent' || (await cache.has(name));
  }

  /** A load may block for minutes: the state is looked at meanwhile, and each answer of the runtime is a heartbeat. */
  async function untilReady(name: string, signal: AbortSignal, heartbeat: (details: unknown) => void): Promise<void> {
    for (
      let asked = ask(name), state = await inference.state(name);
      state !== 'ready';
      state = await inference.state(name)
    ) {
      if (asked.failed !== undefined) throw asked.failed;
      if (asked.answered && (state === 'absent' || state === 'unavailable')) asked = ask(name);
      heartbeat({ state });
      await clock.sleep(POLL_MS, signal);
    }
  }

  interface Asked {
    answered: boolean;
    failed?: unknown;
  }
  function ask(name: string): Asked {
    const asked: Asked = { answered: false };
    inference.load(name).then(
      () => void (asked.answered = true),
      (err: unknown) => void (asked.failed = err),
    );
    return asked;
  }

  /**
   * Undoes `load`: drops the holder, and unloads when nobody holds the version, the region does not keep it and no route names it.
   * Idempotent. Waits for what an unanswered call may still do: it would load a version that nobody holds, or unload it under the next rollout.
   */
  async function unload({ model, freight, holder, settled, stays }: UnloadInput): Promise<void> {
    const { cancellationSignal: signal, info } = Context.current();
    const name = servedName(model, freight);
    await releaseLoad(regional, name, holder);
    if (stays) return; // as it was found (contract 6)
    if (!settled || info.attempt > 1) await clock.sleep(CONTROL_SETTLES_MS, signal);
    while ((await inference.state(name)) === 'loading') await clock.sleep(POLL_MS, signal);
    await unloadIfUnheld(model, freight, signal);
  }

  async function unloadIfUnheld(model: ModelName, freight: Digest, signal: AbortSignal): Promise<void> {
    const name = servedName(model, freight);
    if (await isLoadHeld(regional, name)) return;
    for (const node of routers) {
      const { route } = await node.read(model);
      if (serves(route, freight)) return;
    }
    await inference.unload(name, signal);
    await cache.evict(name);
  }
}
