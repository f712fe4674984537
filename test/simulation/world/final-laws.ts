import { REGISTRY_STARTER } from '../../../domain/roster';
import { lineId, rolloutId, type LineState, type PromotionInput } from '../../../workflows/contract';
import type { World } from '../world';
import { MODEL } from './freights';
import type { SimulatedRegion } from './region';
import { endsAreTold } from './terminated';
import { holders, isLoaded, sameTruth, truthOf } from './truth';

/** What has to hold once every workflow has ended and every straggler has landed. */
export async function finalLaws(world: World): Promise<void> {
  const { laws, witness, engine, regions, manifest } = world;
  for (const { id, isClosed } of engine.runs.values()) {
    if (!isClosed) laws.breaks('L1: a workflow does not end', id);
  }
  const rows = await manifest.rows(MODEL);
  for (const [id, region] of regions) {
    laws.served(region);
    const settled = witness.settled.get(id);
    const truth = truthOf(region);
    if (!settled) continue;
    if (!sameTruth(truth, settled)) {
      laws.breaks('S8: a straggler changes what was settled', `${id} ${JSON.stringify([truth, settled])}`);
    }
    const row = rows.find((one) => one.region === region.region.id);
    if (witness.usurped.has(id) || witness.accepted.has(id) || !row) continue;
    if (row.live !== settled.current || row.target !== null) {
      laws.breaks('S14: the manifest does not agree', `${id} ${JSON.stringify(row)}`);
    }
    keepsLoaded(world, region);
  }
  for (const [id, { region: at, epoch, undoFailed }] of laws.journals) {
    const region = regions.get(at);
    const outcome = witness.outcomes.find((one) => one.id === id)?.outcome;
    if (region && outcome !== 'stuck' && !undoFailed) released(world, rolloutId(MODEL, epoch, at), epoch, region);
  }
  lineAgrees(world);
  await endsAreTold(world);
}

/** Nothing is claimed or held for a rollout that has gone back. */
function released({ laws }: World, id: string, epoch: number, region: SimulatedRegion): void {
  const freight = laws.plans.get(epoch)?.freight.digest;
  if (freight === undefined) return;
  const ours = (holder: string) => holder.startsWith(`${id}/`);
  const name = `${MODEL}--${freight.slice(7, 19)}`;
  const left = [...holders(region, freight), ...holders(region, `load/${name}`)].filter(ours);
  if (left.length > 0) laws.breaks('S8: a claim outlives its rollout', left.join());
  const { stables, current, previous } = truthOf(region);
  const isServed = [...stables, current, ...previous].includes(freight);
  if (isLoaded(region, freight) && !isServed && holders(region, `load/${name}`).length === 0) {
    laws.breaks('S8: a version stays loaded that nobody holds', id);
  }
}

/** Contract 6: the region itself holds what it serves, and what it would go back to. */
function keepsLoaded({ laws }: World, region: SimulatedRegion): void {
  const { current, previous } = truthOf(region);
  for (const freight of [current, previous[0] ?? null]) {
    if (freight !== null && !isLoaded(region, freight))
      laws.breaks('contract 6: a version that the region keeps is not loaded', `${region.region.id} ${freight}`);
  }
}

/** Nothing but a person brings back what a person has aborted. */
function abortsStand({ laws, witness, engine }: World, line: LineState): void {
  for (const epoch of witness.abortAnswered) {
    const digest = laws.plans.get(epoch)?.freight.digest;
    if (digest === undefined || line.denied[digest]) continue;
    const isAskedFor = [...engine.runs.values()].some(({ id, args }) => {
      if (!id.startsWith('promotion/')) return false;
      const later = args[0] as PromotionInput;
      return later.epoch > epoch && later.starter !== REGISTRY_STARTER && later.planned.plan.freight.digest === digest;
    });
    if (!isAskedFor) laws.breaks('contract 4: what a person aborted is denied', `${epoch} ${digest}`);
  }
}

function lineAgrees(world: World): void {
  const { laws, witness, engine } = world;
  const line = engine.query(lineId(MODEL), 'line') as LineState | undefined;
  if (!line) return;
  abortsStand(world, line);
  for (const { id, outcome } of witness.outcomes) {
    if (!id.startsWith('promotion/')) continue;
    const epoch = Number(id.split('/')[2]);
    if (line.epoch < epoch) laws.breaks('S2: the line has lost an epoch', id);
    for (const [digest, denial] of Object.entries(line.denied)) {
      const journals = [...laws.journals].filter(
        ([, journal]) => journal.epoch === epoch && journal.staleEpoch > 0 && !laws.plans.has(journal.staleEpoch),
      );
      const isStale = journals.some(([of]) =>
        witness.outcomes.some((one) => one.id === of && one.outcome === 'superseded'),
      );
      if (denial.epoch === epoch && denial.reason.kind === 'fault' && isStale)
        laws.breaks('contract 4: a stale epoch is tried again', digest);
    }
    const heard = line.history.find((entry) => entry.epoch === epoch);
    if (heard?.outcome !== outcome)
      laws.breaks('S14: the line heard another end', `${id} ${heard?.outcome} ${outcome}`);
  }
}
