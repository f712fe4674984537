import type { Fleet, Region } from '../fleet';
import { isName } from '../ids';
import { doubles, regionWords } from './fleet-checks';
import { instantMs } from './quantities';
import { itemsAt, problemAt, valueAt, type Path, type Problem, type SourceFile } from './source';

/** A model file with the fleet it is meant for. */
interface Subject {
  readonly file: SourceFile;
  readonly fleet: Fleet;
  readonly regions: readonly string[];
  readonly placed: readonly string[];
}

/**
 * What the schema of a model file cannot see: regions that the fleet does not have, steps that fall, gates that stand nowhere. Pure.
 * Reads the file as it is, so that these are reported together with what the schema finds.
 */
export function problemsOfModel(file: SourceFile, fleet: Fleet): readonly Problem[] {
  const subject = {
    file,
    fleet,
    regions: fleet.regions.map(({ id }) => id),
    placed: placedIn(valueAt(file.value, ['placement']), fleet),
  };
  return [
    ...problemsOfName(file),
    ...problemsOfPlacement(subject),
    ...problemsOfWaves(subject),
    ...problemsOfGates(subject),
    ...rising(
      file,
      itemsAt(file.value, ['canary', 'steps']).map((_, step) => ['canary', 'steps', step, 'weightPct']),
    ),
    ...rising(
      file,
      itemsAt(file.value, ['limits', 'latencyLimitsMs']).map((_, at) => ['limits', 'latencyLimitsMs', at]),
    ),
    ...problemsOfFreezes(file),
  ];
}

/** `fraud` of `models/fraud.yaml`. Pure. */
export function modelOfFile(name: string): string {
  return name.replace(/^.*\//, '').replace(/\.ya?ml$/, '');
}

function problemsOfName(file: SourceFile): readonly Problem[] {
  const name = modelOfFile(file.name);
  const model = valueAt(file.value, ['model']);
  const found = `the file name ${JSON.stringify(name)}`;
  if (!isName(name)) return [problemAt(file, [], { found, expected: "1 to 63 lowercase letters, digits and '-'" })];
  if (model === undefined || model === name) return [];
  return [problemAt(file, ['model'], { expected: `${name}, the name of the file` })];
}

function problemsOfPlacement({ file, regions, placed }: Subject): readonly Problem[] {
  const listed = itemsAt(file.value, ['placement']).map((_, index): Path => ['placement', index]);
  const problems = [...unknownRegions(file, listed, regions), ...doublesAt(file, listed)];
  if (listed.length > 0 || placed.length > 0) return problems;
  return [problemAt(file, ['placement'], { expected: 'a placement that at least one region of the fleet meets' })];
}

function problemsOfWaves({ file, regions, placed }: Subject): readonly Problem[] {
  const waves = itemsAt(file.value, ['waves']);
  const paths = waves.flatMap((_, wave) =>
    itemsAt(file.value, ['waves', wave]).map((_, at): Path => ['waves', wave, at]),
  );
  const problems = [...unknownRegions(file, paths, regions), ...doublesAt(file, paths)];
  for (const [index, wave] of waves.entries()) {
    if (!Array.isArray(wave) || wave.length > 0) continue;
    problems.push(problemAt(file, ['waves', index], { expected: 'a wave of at least one region' }));
  }
  const named = paths.map((path) => valueAt(file.value, path));
  for (const path of paths) {
    const region = valueAt(file.value, path);
    if (typeof region !== 'string' || !regions.includes(region) || placed.includes(region)) continue;
    problems.push(problemAt(file, path, { expected: 'a region that placement names too' }));
  }
  const forgotten = waves.length === 0 ? [] : placed.filter((region) => !named.includes(region));
  if (forgotten.length === 0) return problems;
  const found = `no wave with ${forgotten.join(', ')}`;
  return [...problems, problemAt(file, ['waves'], { found, expected: 'each placed region in one wave' })];
}

function problemsOfGates({ file, fleet, placed }: Subject): readonly Problem[] {
  const gates = itemsAt(file.value, ['approval', 'gates']);
  const waves = Math.max(1, itemsAt(file.value, ['waves']).length);
  const jurisdictions = fleet.regions.filter(({ id }) => placed.includes(id)).map(({ jurisdiction }) => jurisdiction);
  const problems = [
    ...doublesAt(
      file,
      gates.map((_, gate): Path => ['approval', 'gates', gate, 'id']),
    ),
  ];
  for (const [index, gate] of gates.entries()) {
    const path = ['approval', 'gates', index];
    const [wave, region, jurisdiction, quorum] = ['wave', 'region', 'jurisdiction', 'quorum'].map((key) =>
      valueAt(gate, [key]),
    );
    const say = (key: string, expected: string) => problems.push(problemAt(file, [...path, key], { expected }));
    const scopes = [wave, region, jurisdiction].filter((scope) => scope !== undefined);
    if (scopes.length !== 1)
      problems.push(
        problemAt(file, path, { expected: 'one of wave, region, jurisdiction', found: `${scopes.length} of them` }),
      );
    if (typeof wave === 'number' && wave > waves) say('wave', `a wave from 1 to ${waves}`);
    if (typeof region === 'string' && !placed.includes(region)) say('region', regionWords(region, placed));
    if (typeof jurisdiction === 'string' && !jurisdictions.includes(jurisdiction)) {
      say('jurisdiction', `one that a region of the placement has (${[...new Set(jurisdictions)].join(', ')})`);
    }
    const approvers = new Set(itemsAt(gate, ['approvers'])).size;
    if (approvers > 0 && typeof quorum === 'number' && quorum > approvers)
      say('quorum', `at most the ${approvers} approvers it names`);
  }
  return problems;
}

function problemsOfFreezes(file: SourceFile): readonly Problem[] {
  const freezes = itemsAt(file.value, ['freezes']);
  return freezes.flatMap((freeze, index) => {
    const [from, until] = [instantMs(valueAt(freeze, ['from'])), instantMs(valueAt(freeze, ['until']))];
    return until <= from ? [problemAt(file, ['freezes', index, 'until'], { expected: 'a time after from' })] : [];
  });
}

function unknownRegions(file: SourceFile, paths: readonly Path[], known: readonly string[]): readonly Problem[] {
  return paths.flatMap((path) => {
    const region = valueAt(file.value, path);
    if (typeof region !== 'string' || known.includes(region)) return [];
    return [problemAt(file, path, { expected: regionWords(region, known) })];
  });
}

function doublesAt(file: SourceFile, paths: readonly Path[]): readonly Problem[] {
  return doubles(
    file,
    paths.map((path) => [path, valueAt(file.value, path)] as const),
    'each only once',
  );
}

/** One problem for each number that is not above the one before it. */
function rising(file: SourceFile, paths: readonly Path[]): readonly Problem[] {
  return paths.flatMap((path, index) => {
    const [before, number] = [valueAt(file.value, paths[index - 1] ?? []), valueAt(file.value, path)];
    if (index === 0 || typeof before !== 'number' || typeof number !== 'number' || number > before) return [];
    return [problemAt(file, path, { expected: `more than the ${before} before it` })];
  });
}

/** The regions that a placement means, as far as it can be read: those it lists, or those of the fleet that it selects. Pure. */
export function placedIn(placement: unknown, { regions }: Fleet): readonly string[] {
  if (Array.isArray(placement)) return placement.filter((id) => typeof id === 'string');
  const [jurisdictions, gpu] = [itemsAt(placement, ['jurisdictions']), valueAt(placement, ['gpu'])];
  const isMeant = (region: Region): boolean => {
    return (
      (jurisdictions.length === 0 || jurisdictions.includes(region.jurisdiction)) &&
      (gpu === undefined || gpu === region.gpu)
    );
  };
  return regions.filter(isMeant).map(({ id }) => id);
}
