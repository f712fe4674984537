import type { BenchRow } from './row';

/** How a run of the benches is meant. */
export interface Setting {
  readonly short: boolean; // few runs: shows that the bench works, and proves nothing
  readonly note: (text: string) => void; // progress, and what a reader of the numbers has to know
}
/** One thing that is measured; each runs in a process of its own. */
export interface Scenario {
  readonly name: string; // as given to `npm run bench -- <name>`
  readonly description: string;
  run(setting: Setting): Promise<readonly BenchRow[]>;
}
