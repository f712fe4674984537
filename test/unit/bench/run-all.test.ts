import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BenchRow } from '../../../bench/row';
import { keepRows, runAll } from '../../../bench/run-all';
import { ownRow } from '../../../bench/statistics';

const SCENARIOS = [{ name: 'first' }, { name: 'broken' }, { name: 'last' }];

async function run({ name }: { readonly name: string }): Promise<readonly BenchRow[]> {
  if (name === 'broken') throw new Error('no server here');
  return [ownRow(`${name}, s`, 1)];
}

describe('benches', () => {
  it('run on past a scenario that throws, which is a row that says why', async () => {
    const rows = await runAll({ scenarios: SCENARIOS, run, onRows: () => undefined });
    expect(rows.map(({ measure, ours }) => [measure, ours])).toEqual([
      ['first, s', 1],
      ['broken: failed', null],
      ['last, s', 1],
    ]);
    expect(rows[1]).toMatchObject({ met: false, failure: 'no server here' });
  });

  it('keep the rows so far after each scenario, in a file that is whole at any moment', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'meridian-bench-'));
    try {
      const file = path.join(folder, 'rows.json');
      const read = () => JSON.parse(readFileSync(file, 'utf8')) as readonly BenchRow[];
      const kept: number[] = [];
      const onRows = (_own: readonly BenchRow[], all: readonly BenchRow[]) => {
        keepRows(file, all);
        kept.push(read().length);
      };
      const rows = await runAll({ scenarios: SCENARIOS, run, onRows });
      expect(kept).toEqual([1, 2, 3]);
      expect(read()).toEqual(rows);
      expect(readdirSync(folder)).toEqual(['rows.json']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
