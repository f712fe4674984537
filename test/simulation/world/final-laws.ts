import { lineId, rolloutId, type LineState } from '../../../workflows/contract';
import type { World } from '../world';
import { MODEL } from './freights';
import { sameTruth, truthOf } from './truth';

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
  }
  for (const [id, { region: at, epoch, undoFailed }] of laws.journals) {
    const region = regions.get(at);
    const outcome = witness.outcomes.find((one) => one.id === id)?.outcome;
    if (region && outcome !== 'stuck' && !undoFailed) witness.isReleased(rolloutId(MODEL, epoch, at), epoch, region);
  }
  lineAgrees(world);
}

function lineAgrees({ laws, witness, engine }: World): void {
  const line = engine.query(lineId(MODEL), 'line') as LineState | undefined;
  if (!line) return;
  for (const { id, outcome } of witness.outcomes) {
    if (!id.startsWith('promotion/')) continue;
    const epoch = Number(id.split('/')[2]);
    if (line.epoch < epoch) laws.breaks('S2: the line has lost an epoch', id);
    const heard = line.history.find((entry) => entry.epoch === epoch);
    if (heard?.outcome !== outcome)
      laws.breaks('S14: the line heard another end', `${id} ${heard?.outcome} ${outcome}`);
  }
}
