import type { BenchRow } from './row';
import { scenarioOf } from './scenarios';

/** What a scenario's process tells the one that started it. */
export type Told =
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'rows'; readonly rows: readonly BenchRow[] }
  | { readonly kind: 'failed'; readonly text: string };

/** Runs one scenario in a process group of its own, which ends as a whole when nobody listens any more. */
async function main([name = '', length]: readonly string[]): Promise<void> {
  process.on('disconnect', killGroup);
  const note = (text: string) => void tell({ kind: 'note', text });
  await tell({ kind: 'rows', rows: await scenarioOf(name).run({ short: length === 'short', note }) });
}

async function tell(told: Told): Promise<void> {
  return new Promise((resolve) => process.send?.(told, () => resolve()));
}

function killGroup(): void {
  process.kill(-process.pid, 'SIGKILL');
}

main(process.argv.slice(2))
  .catch(async (err: unknown) => {
    process.stderr.write(`${err instanceof Error ? err.stack : String(err)}\n`);
    process.exitCode = 1;
    await tell({ kind: 'failed', text: err instanceof Error ? err.message : String(err) });
    killGroup(); // servers and workers of what failed are still there
  })
  .finally(() => {
    process.removeListener('disconnect', killGroup);
    process.disconnect?.();
  });
