import type { BenchRow } from './row';
import type { Scenario } from './scenario';
import { rowsOf, takeBacks, type Blow } from './take-back';

export interface AbortOptions {
  readonly runs: number;
  readonly lanes: number; // promotions side by side: as many as two cores carry without being late
  readonly note: (text: string) => void;
}

/** An operator aborts while one region is live and two have canaries; counted from when the signed order is sent. */
export async function abortBench({ runs, lanes, note }: AbortOptions): Promise<readonly BenchRow[]> {
  const samples = await takeBacks({ runs, lanes, note, strike });
  return rowsOf('abort to safe', samples, { 'from the order': 2 });
}

const strike: Blow['strike'] = async (_lane, promotion) => {
  const orderedAtMs = performance.now();
  await promotion.abort();
  return () => ({ 'from the order': orderedAtMs });
};

export const abortToSafe: Scenario = {
  name: 'abort-to-safe',
  description: `from an operator's signed abort until no region serves the version, by the wall clock of its gateways' answers:
three regions, one live and two in canary, looks every second; real Temporal server, workers and gateways (processes, routes on
disk); stores and runtimes in memory, no requests: what the gateways counted is made up`,
  run: ({ short, note }) => abortBench({ runs: short ? 6 : 200, lanes: short ? 3 : 4, note }),
};
