import type { RolloutStatus } from '../../workflows/contract';
import type { PromotionView } from '../api-shapes';
import { bytesText, digestText, durationText, timeText } from './quantities';
import { evidenceLine, wordsOf } from './steps';

/**
 * What is true of a promotion now, a sentence each, that makes sense alone: a log writes those that were not true before. Counts that
 * move all the time are left out. Pure.
 */
export function factsOf({ status, record, hub, rollouts, problems }: PromotionView): readonly string[] {
  if (!status) return record ? [`${record.model} ${record.version}, promotion ${record.epoch}: ${record.outcome}`] : [];
  const { model, version, digest, epoch, phase, outcome, paused, waitsFor, reason, gates, timeToSafeMs } = status;
  const name = `${model} ${version} (${digestText(digest)}), promotion ${epoch}`;
  const facts = [`${name}: ${outcome ?? phase}${paused ? ', paused' : ''}`];
  if (waitsFor) facts.push(`waits for ${waitsFor}`);
  for (const { activity, attempt, lastFailure } of hub)
    if (attempt > 1 && lastFailure) facts.push(`${activity}: ${lastFailure}`);
  for (const { gate, approvedBy, open } of gates) {
    const by = approvedBy.length === 0 ? '' : ` (${approvedBy.join(', ')})`;
    facts.push(`gate ${gate.id}: ${open ? 'open' : `${approvedBy.length} of ${gate.quorum} approvals`}${by}`);
  }
  facts.push(...Object.values(rollouts).flatMap(factsOfRegion));
  facts.push(...Object.entries(problems).map(([region, why]) => `${region}: not to be asked now: ${why}`));
  if (reason) facts.push(`${reason.kind}: ${reason.text}`);
  if (timeToSafeMs !== null) facts.push(`safe again after ${durationText(timeToSafeMs)}`);
  return facts;
}

function factsOfRegion(rollout: RolloutStatus): readonly string[] {
  const { region, phase, outcome, weightPct, attempt, steps, validation, bytesTotal, replicateMs } = rollout;
  const { waitsFor, reason, heldUntilMs, unreachableSinceMs, notUndone } = rollout;
  const facts: string[] = [];
  const say = (text: string) => facts.push(`${region}: ${text}`);
  if (replicateMs !== null && bytesTotal !== null)
    say(`replicated ${bytesText(bytesTotal)} in ${durationText(replicateMs)}`);
  if (validation) say(`${validation.agreed} of ${validation.cases} golden cases agree`);
  for (const step of steps) say(wordsOf(evidenceLine(step)).trim());
  const weight = outcome === null && weightPct > 0 && weightPct < 100 ? ` ${weightPct} %` : '';
  say(`${outcome ?? phase}${weight}${attempt > 1 ? `, attempt ${attempt}` : ''}`);
  if (unreachableSinceMs !== null) say(`unreachable since ${timeText(unreachableSinceMs)}`);
  if (outcome === null && waitsFor) say(`waits for ${waitsFor}`);
  if (outcome === null && heldUntilMs !== null) say(`held until ${timeText(heldUntilMs)}, then rolled back`);
  if (reason) say(`${reason.kind}: ${reason.text}`);
  if (phase === 'stuck') say(`not undone: ${notUndone.join(', ')}`);
  return facts;
}
