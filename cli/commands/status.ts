import type { Command } from 'commander';
import type { PromotionView } from '../api-shapes';
import { notFound } from '../exit-codes';
import { leaf, type Run } from '../leaf';
import { promotionLines } from '../render/promotion';
import { laneLines, rowLines, versionsIn } from '../render/rows';
import { lineOf, type Session } from '../session';

/** Promotions looked through for the names of versions. */
const NAMED = 200;

export function statusCommand(run: Run): Command {
  return leaf<{ region?: string }>(run, {
    name: 'status [model]',
    summary: 'What each region serves, and the promotion under way',
    examples: ['meridian status', 'meridian status fraud', 'meridian status fraud --region eu-north --json'],
    options: (command) => command.option('--region <id>', 'only this region'),
    act: (session, [model], { region }) => showStatus(session, model, region),
  });
}

async function showStatus(session: Session, model: string | undefined, region: string | undefined): Promise<void> {
  const { api, width, paint } = session;
  const [line, records, rows] = await Promise.all([
    model === undefined ? null : lineOf(session, model),
    api.promotions({ limit: NAMED, ...(model !== undefined && { model }) }),
    api.rows(model),
  ]);
  const underWay = records
    .filter(({ outcome }) => outcome === null)
    .map(({ model: of, epoch }) => ({ model: of, epoch }));
  const current = line?.current;
  if (model !== undefined && current && !underWay.some(({ epoch }) => epoch === current.epoch)) {
    underWay.unshift({ model: records[0]?.model ?? (model as never), epoch: current.epoch });
  }
  const promotions = await Promise.all(underWay.map(({ model: of, epoch }) => api.promotion(of, epoch)));
  const shown = rows.filter((row) => region === undefined || row.region === region);
  if (region !== undefined && shown.length === 0 && !promotions.some((view) => hasRegion(view, region))) {
    throw notFound(`no region ${region} has served ${model ?? 'anything'}`, 'see: meridian status');
  }
  session.print({ rows: shown, promotions, line }, () => {
    const versions = versionsIn(records);
    const frame = { nowMs: session.nowMs(), width, paint, region };
    const table =
      shown.length === 0 ? ['no version is live anywhere yet'] : rowLines(shown, versions, { width, paint });
    const trees = promotions.flatMap((view) => ['', ...promotionLines(view, frame)]);
    const lane = line ? laneLines(line, { width, paint, versions }) : [];
    return [...table, ...trees, ...(lane.length > 0 ? ['', ...lane] : [])];
  });
}

function hasRegion({ status }: PromotionView, region: string): boolean {
  return status?.regions.some((one) => one.region === region) === true;
}
