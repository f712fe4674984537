import { nearest } from './nearest';
import { itemsAt, problemAt, valueAt, type Path, type Problem, type SourceFile } from './source';

/**
 * What the schema of `fleet.yaml` cannot see: names that stand twice, links to nowhere, one store for two. Pure.
 * Reads the file as it is, so that these are reported together with what the schema finds.
 */
export function problemsOfFleet(file: SourceFile): readonly Problem[] {
  return [...problemsOfRegions(file), ...problemsOfLinks(file)];
}

/** The region ids that a fleet file gives. Pure. */
export function regionIds(root: unknown): readonly string[] {
  return itemsAt(root, ['regions'])
    .map((region) => valueAt(region, ['id']))
    .filter((id) => typeof id === 'string');
}

/** One problem for each value that stood before in the list; `undefined` is no value. Pure. */
export function doubles(
  file: SourceFile,
  values: readonly (readonly [Path, unknown])[],
  what: string,
): readonly Problem[] {
  const first = new Map<unknown, Path>();
  const problems: Problem[] = [];
  for (const [path, value] of values) {
    const before = first.get(value);
    if (value === undefined) continue;
    if (!before) first.set(value, path);
    else
      problems.push(
        problemAt(file, path, { expected: `${what}; line ${file.positionOf(before).line} has it already` }),
      );
  }
  return problems;
}

function problemsOfRegions(file: SourceFile): readonly Problem[] {
  const regions = itemsAt(file.value, ['regions']);
  const at = (...path: Path): [Path, unknown] => [path, valueAt(file.value, path)];
  const ids = regions.map((_, region) => at('regions', region, 'id'));
  const problems = [...doubles(file, ids, 'another id')];
  for (const [path, id] of ids) {
    if (id === 'hub') problems.push(problemAt(file, path, { expected: 'another id: hub is the hub' }));
  }
  const places: [Path, unknown][] = [
    ['hub', 'store'],
    ...regions.map((_, region) => ['regions', region, 'store'] as Path),
  ].map((path) => [path, placeOf(valueAt(file.value, path))]);
  problems.push(...doubles(file, places, 'a store of its own'));
  for (const [region] of regions.entries()) {
    for (const [list, what] of [
      ['runtimes', 'another id'],
      ['routers', 'another id'],
    ] as const) {
      const nodes = itemsAt(file.value, ['regions', region, list]);
      const named = nodes.map((_, node) => at('regions', region, list, node, 'id'));
      const unnamed = named.length > 1 ? named.filter(([, id]) => id === undefined) : [];
      problems.push(...doubles(file, named, what));
      problems.push(...unnamed.map(([path]) => problemAt(file, path, { expected: 'an id, as there are several' })));
    }
  }
  return problems;
}

function problemsOfLinks(file: SourceFile): readonly Problem[] {
  const links = itemsAt(file.value, ['links']);
  const known = ['hub', ...regionIds(file.value)];
  const problems: Problem[] = [];
  const ends: [Path, unknown][] = [];
  for (const [index, link] of links.entries()) {
    const [from, to] = [valueAt(link, ['from']), valueAt(link, ['to'])];
    for (const [side, id] of Object.entries({ from, to })) {
      if (typeof id !== 'string' || known.includes(id)) continue;
      problems.push(problemAt(file, ['links', index, side], { expected: `hub or ${regionWords(id, known)}` }));
    }
    if (from !== undefined && from === to)
      problems.push(problemAt(file, ['links', index, 'to'], { expected: 'another end' }));
    ends.push([['links', index], typeof from === 'string' && typeof to === 'string' ? `${from} ${to}` : undefined]);
  }
  return [...problems, ...doubles(file, ends, 'one link for each way')];
}

/** `a region of the fleet: eu-north, us-east`, or the one that was probably meant. Pure. */
export function regionWords(id: string, known: readonly string[]): string {
  const meant = nearest(id, known);
  const shown = known.length > 8 ? [...known.slice(0, 8), '...'] : known;
  return `a region of the fleet${meant ? `; did you mean ${meant}?` : ` (${shown.join(', ')})`}`;
}

/** What makes two stores the same place; undefined where that is not said. */
function placeOf(store: unknown): string | undefined {
  const [kind, endpoint, bucket, prefix, path] = ['kind', 'endpoint', 'bucket', 'pathPrefix', 'path'].map((key) => {
    return valueAt(store, [key]);
  });
  if (kind === 'filesystem' && typeof path === 'string') return path;
  return kind === 's3' && typeof bucket === 'string' ? [endpoint, bucket, prefix].join(' ') : undefined;
}
