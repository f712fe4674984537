import { setTimeout as pause } from 'node:timers/promises';
import { DEFAULT_LIMITS } from '../domain/judge';
import type { ModelPolicy } from '../domain/model-policy';
import { startTemporal } from '../test/support/temporal';
import { startHub } from './hub';
import type { Lane, LanePromotion } from './lane';
import type { BenchRow } from './row';
import { ownRow, quantile } from './statistics';

/** Looks every second and 4,000 requests between two looks, 25 % of them the canary's. */
const POLICY: Partial<ModelPolicy> = {
  steps: [{ weightPct: 25, bakeMs: 3_000 }],
  flipBakeMs: 1_000,
  lookMs: 1_000,
  limits: DEFAULT_LIMITS,
};
const WAVES = [1, 2]; // one region is live and guarded when the other two have their canaries
const POLLS = 4;
const LOOK_MS = 1_000;

/** What is done to a promotion whose first region is live and whose other two have canaries. */
export interface Blow {
  /** @returns the moments (performance.now()) from which the time to safe is taken, by name; asked once all is over */
  strike(lane: Lane, promotion: LanePromotion): Promise<() => Readonly<Record<string, number>>>;
}
export interface TakeBackOptions extends Blow {
  readonly runs: number;
  readonly lanes: number; // promotions side by side
  readonly note: (text: string) => void;
}
/** Milliseconds until no region serves the version, by where they are counted from; `engine` is its own `timeToSafeMs`. */
export type Sample = Readonly<Record<string, number>>;

/** Lets promotions happen and takes each back in its second wave. Starts a server of its own and ends it. */
export async function takeBacks({ runs, lanes: count, note, strike }: TakeBackOptions): Promise<readonly Sample[]> {
  const temporal = await startTemporal();
  try {
    const hub = await startHub(temporal, {
      lanes: count,
      waves: WAVES,
      policy: POLICY,
      polls: POLLS,
      gateways: 'processes',
    });
    const samples: Sample[] = [];
    let begun = -count; // the first of each lane warms up
    const keepGoing = async (lane: Lane) => {
      for (let run = begun++; run < runs; run = begun++) {
        const sample = await oneRun(lane, strike);
        if (run < 0) continue;
        samples.push(sample);
        if (samples.length % 20 === 0) note(`${samples.length} of ${runs} runs`);
      }
    };
    await Promise.all(hub.lanes.map(keepGoing));
    await hub.stop();
    return samples;
  } finally {
    await temporal.stop();
  }
}

/** @returns rows of p50 and p99 in seconds; `aims` names the limit that p99 is to stay below */
export function rowsOf(
  title: string,
  samples: readonly Sample[],
  aims: Readonly<Record<string, number>>,
): readonly BenchRow[] {
  const names = Object.keys(samples[0] ?? {});
  return names.flatMap((name) => {
    const seconds = samples.map((sample) => (sample[name] ?? Number.NaN) / 1_000);
    const below = aims[name];
    return [
      ownRow(`${title}, ${name}, p50 s`, quantile(seconds, 0.5)),
      ownRow(`${title}, ${name}, p99 s`, quantile(seconds, 0.99), below === undefined ? undefined : { below }),
    ];
  });
}

async function oneRun(lane: Lane, strike: Blow['strike']): Promise<Sample> {
  const promotion = await lane.promote();
  const { digest } = promotion;
  const [first, ...others] = lane.regions;
  if (!first) throw new TypeError('a lane without regions');
  await first.log.canary(digest);
  await Promise.all(others.map(({ log }) => log.canary(digest)));
  await pause(Math.random() * LOOK_MS); // a blow falls at any moment between two looks
  const safe = lane.regions.map(({ log }) => log.free(digest));
  const since = await strike(lane, promotion);
  const safeAtMs = Math.max(...(await Promise.all(safe)));
  const from = Object.entries(since()).map(([name, atMs]) => [name, safeAtMs - atMs] as const);
  const { outcome, timeToSafeMs } = await promotion.ended();
  if (outcome !== 'rolled-back' || timeToSafeMs === null) throw new Error(`${promotion.id} ended ${outcome}`);
  return { ...Object.fromEntries(from), 'by the engine': timeToSafeMs };
}
