/** The way from a file's root to a value: names of fields and indexes of lists. */
export type Path = readonly (string | number)[];
/** Where something stands in a file. */
export interface Position {
  readonly line: number; // from 1
  readonly column: number; // from 1
}
/** A file whose text was read already, by whom knows its syntax. */
export interface SourceFile {
  readonly name: string; // as people wrote it, e.g. `models/fraud.yaml`
  readonly value: unknown;
  /** Where a value stands, or the nearest thing around it when it is missing. */
  positionOf(path: Path): Position;
}
/** One thing that is wrong with a file. */
export interface Problem extends Position {
  readonly file: string;
  readonly path: string; // e.g. `regions[1].cache.bytes`; empty: the file itself
  readonly found: string;
  readonly expected: string; // completes "expected ..."; says what to write
}
/** A file's value, or everything that is wrong with it. */
export type Checked<T> =
  { readonly kind: 'ok'; readonly value: T } | { readonly kind: 'problems'; readonly problems: readonly Problem[] };

const MAX_SHOWN = 60; // letters of a value: enough to find it again, short enough for one line

/** One line for people: `fleet.yaml:12:7: regions[1].cache.bytes: found "32 GB", expected a size such as 32GiB`. Pure. */
export function problemLine({ file, line, column, path, found, expected }: Problem): string {
  return `${file}:${line}:${column}: ${path && `${path}: `}found ${found}, expected ${expected}`;
}

/** A problem at a path of a file; `found` is the value there unless it is given. Pure. */
export function problemAt(file: SourceFile, path: Path, { expected, found }: Said): Problem {
  const position = file.positionOf(path);
  return {
    file: file.name,
    ...position,
    path: pathText(path),
    found: found ?? shown(valueAt(file.value, path)),
    expected,
  };
}
interface Said {
  readonly expected: string;
  readonly found?: string;
}

/** The value at a path, undefined where there is none. Pure. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

/** The items of the list at a path; none where there is no list. Pure. */
export function itemsAt(root: unknown, path: Path): readonly unknown[] {
  const value = valueAt(root, path);
  return Array.isArray(value) ? value : [];
}

function pathText(path: Path): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  const text = String(JSON.stringify(value)).replace(/\/\/[^/@\s]*@/, '//***@'); // a password in a URL is not repeated
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}
