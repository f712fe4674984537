import type { BenchRow } from './row';
import type { Scenario } from './scenario';
import { rowsOf, takeBacks, type Blow } from './take-back';

const FAILING = 0.5; // share of the version's requests that fail from the fault on: one look is evidence enough

export interface BreachOptions {
  readonly runs: number;
  readonly lanes: number; // promotions side by side: as many as two cores carry without being late
  readonly note: (text: string) => void;
}

/** The fault is in one region of the second wave; all three have to be taken back, the first one from live. */
export async function breachBench({ runs, lanes, note }: BreachOptions): Promise<readonly BenchRow[]> {
  const samples = await takeBacks({ runs, lanes, note, strike });
  return rowsOf('breach to safe', samples, { 'from the look': 3 });
}

const strike: Blow['strike'] = async ({ regions }, { digest }) => {
  const struck = regions.at(-1);
  if (!struck) throw new TypeError('a lane without regions');
  const faultAtMs = performance.now();
  struck.region.spoil(digest, FAILING);
  await struck.log.free(digest); // the region restores its own route in the look that breached
  const { lookedAtMs } = struck.log;
  return () => ({ 'from the look': lookedAtMs, 'from the fault': faultAtMs });
};

export const breachToSafe: Scenario = {
  name: 'breach-to-safe',
  description: `from the look that finds a canary bad (and from the fault itself) until no region serves the version, by the
wall clock of its gateways' answers: three regions, one live and two in canary, looks every second; real Temporal server, workers
and gateways (processes, routes on disk); stores and runtimes in memory, no requests: what the gateways counted is made up`,
  run: ({ short, note }) => breachBench({ runs: short ? 6 : 200, lanes: short ? 3 : 4, note }),
};
