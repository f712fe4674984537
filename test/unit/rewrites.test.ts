import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { REWRITES } from '../simulation/mutants/rewrites';
import { VARIANTS } from '../simulation/variants';

const ROOT = path.resolve(__dirname, '../..');

function sources(under: string): readonly string[] {
  const files = readdirSync(path.join(ROOT, under), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.ts')).map((file) => readFileSync(path.join(ROOT, under, file), 'utf8'));
}

const rewrites = Object.entries(REWRITES).map(([name, { rewrite }]) => [name, rewrite] as const);

describe('a line that the simulation puts otherwise', () => {
  it.each([...rewrites, ...Object.entries(VARIANTS)])('stands once in the code: %s', (_, { under, from }) => {
    const times = sources(under).map((source) => source.split(from).length - 1);
    expect(times.reduce((sum, count) => sum + count, 0)).toBe(1);
  });
});
