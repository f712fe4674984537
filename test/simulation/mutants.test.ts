import { availableParallelism } from 'node:os';
import { MUTANTS } from './mutants';
import { runShard } from './shards';

const WITHIN = 5_000; // seeds (issue 3, section 4)

/** Runs them over all cores, each until it is found. */
async function findAll(names: readonly string[]): Promise<ReadonlyMap<string, readonly unknown[]>> {
  const found = new Map<string, readonly unknown[]>();
  const waiting = [...names];
  const work = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const { findings } = await runShard({ first: 1, last: WITHIN, step: 1, mutant: name });
      found.set(name, findings[0] ? [findings[0].seed, ...findings[0].broken] : []);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return found;
}

describe('the simulation finds, within 5,000 seeds,', () => {
  let found: ReadonlyMap<string, readonly unknown[]> = new Map();
  beforeAll(async () => {
    found = await findAll(Object.keys(MUTANTS));
    const lines = [...found].map(
      ([name, how]) => `${String(how[0] ?? '-').padStart(5)}  ${name}: ${how.slice(1).join('; ')}`,
    );
    process.stdout.write(`${lines.join('\n')}\n`);
  }, 120 * 60_000);

  it.each(Object.entries(MUTANTS).map(([name, { rule }]) => [name, rule]))('%s (%s)', (name) => {
    expect(found.get(name)).not.toEqual([]);
  });
});
