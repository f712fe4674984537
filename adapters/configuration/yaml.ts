import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node, type YAMLError } from 'yaml';
import type { Path, Position, Problem, SourceFile } from '../../domain/files/source';

/** A YAML text as read: its values with their places, and what is no YAML. */
export interface YamlFile extends SourceFile {
  readonly problems: readonly Problem[];
}

/** Reads one YAML document. Every syntax error is a problem at its place; then the value is what could be read, and proves nothing. */
export function readYaml(name: string, text: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true, version: '1.2' });
  const problems = [...document.errors, ...document.warnings].map((error) => syntaxProblem(name, error, lines));
  let value: unknown = null;
  try {
    value = document.toJS({ maxAliasCount: 100 }); // more is an attack, not a fleet (yaml's own default)
  } catch (err) {
    const words = err instanceof Error ? err.message : String(err);
    problems.push({ file: name, line: 1, column: 1, path: '', found: 'YAML that cannot be read', expected: words });
  }
  return { name, value, problems, positionOf: (path) => positionIn(document.contents, path, lines) };
}

function syntaxProblem(file: string, { message, pos }: YAMLError, lines: LineCounter): Problem {
  const expected = `YAML: ${message.split('\n')[0]}`;
  return { file, ...position(pos[0], lines), path: '', found: 'a syntax error', expected };
}

/** The place of a field's key or of a list's item; of the nearest thing around it where it is missing. */
function positionIn(root: Node | null, path: Path, lines: LineCounter): Position {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const step of path) {
    const child = childOf(node, step);
    if (!child) break;
    [node, offset] = [child.value, child.offset ?? offset];
  }
  return position(offset, lines);
}

function childOf(
  node: unknown,
  step: string | number,
): { readonly value: unknown; readonly offset: number | undefined } | undefined {
  if (isSeq(node) && typeof step === 'number') {
    const item = node.items[step] as Node | undefined;
    return item && { value: item, offset: item.range?.[0] };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
  return pair && { value: pair.value, offset: isScalar(pair.key) ? pair.key.range?.[0] : undefined };
}

function position(offset: number, lines: LineCounter): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}
