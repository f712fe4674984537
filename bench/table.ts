import type { BenchRow } from './row';

const COLUMNS = 80;
const WIDTHS = { measure: 37, ours: 9, ratio: 6, aim: 21, met: 3 }; // with the gaps between: `COLUMNS`

/** The rows in 80 columns; peers, or why a scenario failed, below the row that they belong to. Pure. */
export function tableOf(rows: readonly BenchRow[]): string {
  const head = line('measure', 'ours', 'ratio', 'aim', 'met');
  return [head, ...rows.flatMap(shown)].map((text) => `${text.trimEnd()}\n`).join('');
}

function shown({ measure, ours, peers, ratioToBest, aim, met, failure }: BenchRow): readonly string[] {
  const ratio = ratioToBest === null ? '-' : String(ratioToBest);
  const answer = met === null ? '-' : met ? 'yes' : 'NO';
  const first = line(measure, ours === null ? '-' : String(ours), ratio, aim ?? '-', answer);
  if (failure !== undefined) return [first, wrapped(failure, '  ')];
  const others = Object.entries(peers).map(([name, value]) => `${name} ${value}`);
  return others.length === 0 ? [first] : [first, `  ${others.join(', ')}`];
}

function line(measure: string, ours: string, ratio: string, aim: string, met: string): string {
  const numbers = `${ours.padStart(WIDTHS.ours)} ${ratio.padStart(WIDTHS.ratio)}`;
  return `${measure.padEnd(WIDTHS.measure)} ${numbers} ${aim.padEnd(WIDTHS.aim)} ${met.padEnd(WIDTHS.met)}`;
}

/** Words in lines of at most 80 columns. Pure. */
export function wrapped(text: string, indent = ''): string {
  const lines = [indent];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1) ?? '';
    const longer = last === indent ? `${last}${word}` : `${last} ${word}`;
    if (longer.length > COLUMNS) lines.push(`${indent}${word}`);
    else lines[lines.length - 1] = longer;
  }
  return lines.join('\n');
}
