import type { Command } from 'commander';
import type { ManifestRow, PromotionRecord } from '../../ports/manifest';
import type { LineState } from '../../workflows/contract';
import type { PromotionView } from '../api-shapes';
import { CliError, EXIT, notFound } from '../exit-codes';
import { leaf, type Run } from '../leaf';
import { promotionLines } from '../render/promotion';
import { currentRows, laneLines, rowLines, versionsIn } from '../render/rows';
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
  const { width, paint } = session;
  const { rows, records, problem } = await ofManifest(session, model);
  const lines = await linesOf(session, model, problem !== null);
  const line = (model === undefined ? null : lines.get(model)) ?? null;
  const promotions = await underWay(session, lines, records);
  const shown = rows.filter((row) => region === undefined || row.region === region);
  const isUnknown = region !== undefined && !shown.length && !promotions.some((view) => hasRegion(view, region));
  if (isUnknown && problem === null)
    throw notFound(`no region ${region} has served ${model ?? 'anything'}`, 'see: meridian status');
  if (problem !== null) session.exitCode = EXIT.unreachable;
  session.print({ rows: shown, promotions, line, problem }, () => {
    const versions = versionsIn(records);
    const frame = { nowMs: session.nowMs(), width, paint, region };
    const live = currentRows(shown, promotions);
    const table = live.length === 0 ? ['no version is live anywhere yet'] : rowLines(live, versions, { width, paint });
    const away = `the manifest cannot be reached, so who serves what is not shown (${problem}); Temporal knows this:`;
    const trees = promotions.flatMap((view) => ['', ...promotionLines(view, frame)]);
    const lane = line ? laneLines(line, { width, paint, versions }) : [];
    return [...(problem === null ? table : [paint('bad', away)]), ...trees, ...(lane.length > 0 ? ['', ...lane] : [])];
  });
}

interface Known {
  readonly rows: readonly ManifestRow[];
  readonly records: readonly PromotionRecord[];
  readonly problem: string | null; // why nothing is known; null: it answers
}

/** What the manifest says. While it is away Temporal still knows what is under way. */
async function ofManifest({ api }: Session, model: string | undefined): Promise<Known> {
  try {
    const [records, rows] = await Promise.all([
      api.promotions({ limit: NAMED, ...(model !== undefined && { model }) }),
      api.rows(model),
    ]);
    return { rows, records, problem: null };
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== 'ManifestUnavailable') throw error;
    return { rows: [], records: [], problem: error.message };
  }
}

/** The promotions under way: as the manifest names them, and the lines, who know of one before it is recorded. */
function underWay(
  { api }: Session,
  lines: ReadonlyMap<string, LineState | null>,
  records: readonly PromotionRecord[],
): Promise<readonly PromotionView[]> {
  const keys = new Map<string, { readonly model: string; readonly epoch: number }>();
  for (const [model, line] of lines) {
    for (const one of [line?.current, ...(line?.beside ?? [])]) if (one) keys.set(one.id, { model, epoch: one.epoch });
  }
  for (const { id, model, epoch, outcome } of records) if (outcome === null) keys.set(id, { model, epoch });
  return Promise.all([...keys.values()].map(({ model, epoch }) => api.promotion(model, epoch)));
}

/** The line of the model that is asked for; of every model where only the lines know what is under way. */
async function linesOf(session: Session, model: string | undefined, isAway: boolean) {
  const models = model !== undefined ? [model] : isAway ? await session.api.models() : [];
  return new Map(await Promise.all(models.map(async (one) => [one, await lineOf(session, one)] as const)));
}

function hasRegion({ status }: PromotionView, region: string): boolean {
  return status?.regions.some((one) => one.region === region) === true;
}
