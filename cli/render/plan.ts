import { NEVER } from '../../domain/judge';
import type { Gate, PlannedPromotion, RegionForecast } from '../../domain/plan';
import { fitted, wrapped, type Paint } from './paint';
import { bytesText, countText, digestText, durationText } from './quantities';
import { table, type Column } from './table';

interface Screen {
  readonly width: number;
  readonly paint: Paint;
}

/** A plan as a person reads it before saying yes. Pure. */
export function planLines({ plan, planHash, forecast }: PlannedPromotion, screen: Screen): readonly string[] {
  const { width, paint } = screen;
  const { freight, waves, windowMs, deadline, fastTrack } = plan;
  const regions = waves.map((wave, at) => `wave ${at + 1}: ${wave.join(', ')}`).join('; ');
  const lines = [
    fitted([['strong', `${plan.model} ${freight.version}`], ` (${digestText(freight.digest)})`], width, paint),
    fitted([`  ${filesText(freight.files.length)}, ${bytesText(bytesOf(freight.files))}`], width, paint),
    ...wrapped(regions, width, '  '),
    ...wrapped(stepsText(plan), width, '  '),
    ...wrapped(`all within ${durationText(windowMs)}; at its end: ${deadline}`, width, '  '),
    ...plan.gates.flatMap((gate) => wrapped(gateText(gate, plan.approvalExpiryMs), width, '  ')),
    ...(fastTrack ? wrapped('it was live here before: validation and canary are skipped', width, '  ') : []),
    '',
    ...table(COLUMNS, forecast.regions, width, paint),
  ];
  for (const { text, regions: where } of remarksOf(forecast.regions)) {
    const whom = where.length === forecast.regions.length && where.length > 1 ? 'every region' : where.join(', ');
    lines.push(...wrapped(`${whom}: ${text}`, width, '  ').map((line) => paint('wait', line)));
  }
  return [...lines, ...wrapped(REQUESTS, width, '  '), '', `plan ${planHash}`];
}

const COLUMNS: readonly Column<RegionForecast>[] = [
  { title: 'region', text: ({ region }) => region },
  {
    title: 'to move',
    align: 'right',
    text: ({ bytesToMove }) => (bytesToMove === null ? 'unknown' : bytesText(bytesToMove)),
  },
  { title: 'of', align: 'right', text: ({ bytesTotal }) => bytesText(bytesTotal) },
  {
    title: 'transfer',
    align: 'right',
    text: ({ transferMs }) => (transferMs === null ? 'unknown' : durationText(transferMs)),
  },
  { title: 'bake', align: 'right', text: ({ bakeMs }) => durationText(bakeMs) },
  { title: 'USD', align: 'right', text: ({ costUsd }) => (costUsd === null ? 'unknown' : costUsd.toFixed(4)) },
  { title: 'requests', align: 'right', text: ({ requestsNeeded }) => requestsText(requestsNeeded) },
];

/** What the last column means. */
const REQUESTS = 'requests: what each canary step needs at least, when none of them fails';

function requestsText(needed: readonly number[]): string {
  return needed.length === 0 ? '-' : needed.map((one) => (one === NEVER ? 'never' : countText(one))).join(' ');
}

/** What there is to say of regions, once for all of which it is true. */
function remarksOf(regions: readonly RegionForecast[]) {
  const remarks = new Map<string, string[]>();
  for (const { region, warnings, firstVersion } of regions) {
    for (const text of [...(firstVersion ? ['its first version, so no canary'] : []), ...warnings]) {
      remarks.set(text, [...(remarks.get(text) ?? []), region]);
    }
  }
  return [...remarks].map(([text, where]) => ({ text, regions: where }));
}

function filesText(count: number): string {
  return count === 1 ? '1 file' : `${count} files`;
}

function stepsText({ steps, mode, flipBakeMs }: PlannedPromotion['plan']): string {
  const weights = steps.map(({ weightPct, bakeMs }) => `${weightPct} % ${durationText(bakeMs)}`);
  const canary =
    weights.length === 0 ? 'no canary' : `canary ${mode === 'mirror' ? '(mirror) ' : ''}${weights.join(', ')}`;
  return `${canary}, then all of it, watched ${durationText(flipBakeMs)} before it counts as live`;
}

function gateText({ id, before, quorum, regions, approvers }: Gate, expiryMs: number): string {
  const who = approvers ? approvers.join(', ') : 'any approver';
  return `gate ${id} before ${before} in ${regions.join(', ')}: ${quorum} of ${who}, within ${durationText(expiryMs)}`;
}

function bytesOf(files: readonly { readonly bytes: number }[]): number {
  let bytes = 0;
  for (const file of files) bytes += file.bytes;
  return bytes;
}
