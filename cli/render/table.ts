import { fitted, type Paint, type Span, type Tone } from './paint';

export interface Column<Row> {
  readonly title: string;
  readonly align?: 'left' | 'right'; // default: left
  readonly text: (row: Row) => string;
  readonly tone?: (row: Row) => Tone | undefined;
}

const GAP = 2;
const LEAST = 6; // a column is not cut below it

/** A table that fits: where it does not, the widest columns are cut. Pure. */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
  paint: Paint,
): readonly string[] {
  const texts = rows.map((row) => columns.map((column) => column.text(row)));
  const widths = fit(
    columns.map(({ title }, at) => Math.max(title.length, ...texts.map((line) => line[at]?.length ?? 0))),
    width - GAP * (columns.length - 1),
  );
  const head = columns.map(({ title, align }, at): Span => ['faint', cell(title, widths[at] ?? 0, align)]);
  const lines = rows.map((row, at) =>
    columns.map(({ align, tone }, column): Span => {
      const text = cell(texts[at]?.[column] ?? '', widths[column] ?? 0, align);
      const is = tone?.(row);
      return is === undefined ? text : [is, text];
    }),
  );
  return [head, ...lines].map((spans) => fitted(spaced(spans), width, paint));
}

function fit(wanted: readonly number[], width: number): readonly number[] {
  const widths = [...wanted];
  const sum = () => widths.reduce((all, one) => all + one, 0);
  while (sum() > width) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) <= LEAST) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function cell(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const cut = text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
  return align === 'right' ? cut.padStart(width) : cut.padEnd(width);
}

function spaced(spans: readonly Span[]): readonly Span[] {
  return spans.flatMap((span, at) => (at === 0 ? [span] : [' '.repeat(GAP), span]));
}
