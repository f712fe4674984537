import { alarmsOf, lnEvidence } from '../../../domain/alarms';
import { DEFAULT_LIMITS } from '../../../domain/judge';
import { arm, generator, look, requestsToRollback, type Traffic } from './judge-world';

const RUNS = 10_000;
const ALLOWED = DEFAULT_LIMITS.alpha * RUNS;

/** Load that swings by a factor of three, and two incidents that make every third request of both arms fail. */
function weather(random: () => number): (request: number) => number {
  const phase = random() * 6.28;
  const incidents = [random() * 300, random() * 300];
  return (request) => {
    if (incidents.some((start) => request >= start && request < start + 25)) return 33;
    return 1 + Math.sin(request / 60 + phase) / 2;
  };
}

/** Rollbacks of canaries that are as good as their stable, looked at at every request over three weights. */
function falseAlarms(differs: Partial<Traffic>, runs = RUNS): number {
  const traffic = {
    weights: [5, 25, 50],
    perWeight: 100,
    canaryRate: 0.01,
    stableRate: 0.01,
    lookEvery: 1,
    ...differs,
  };
  let alarms = 0;
  for (let run = 0; run < runs; run++) {
    const random = generator(104_729 * run + 1);
    if (requestsToRollback({ ...traffic, weather: weather(random) }, random) !== null) alarms++;
  }
  return alarms;
}

describe('judge, false alarms', () => {
  it('stay below alpha on ten thousand rollouts with swinging load and shared incidents', () => {
    expect(falseAlarms({})).toBeLessThanOrEqual(ALLOWED);
  });

  it('become alarms when the canary is worse in the same weather', () => {
    expect(falseAlarms({ canaryRate: 0.03 }, 1000)).toBeGreaterThan(150);
  });

  it('stay below alpha after the flip, against a baseline frozen at any rate', () => {
    const runs = 2000;
    let alarms = 0;
    for (let run = 0; run < runs; run++)
      if (alarmsAfterFlip(generator(run + 1), [0.002, 0.01, 0.05][run % 3] ?? NaN)) alarms++;
    expect(alarms).toBeLessThanOrEqual(DEFAULT_LIMITS.alpha * runs);
  });
});

/** Whether a new stable as good as the old one is sent back within 300 requests, looked at after each of its errors. */
function alarmsAfterFlip(random: () => number, rate: number): boolean {
  const errorsIn = (requests: number) => {
    let errors = 0;
    for (let request = 0; request < requests; request++) if (random() < rate) errors++;
    return errors;
  };
  const stable = arm({ requests: 200, errors: errorsIn(200) });
  let errors = 0;
  for (let requests = 1; requests <= 300; requests++) {
    if (random() >= rate) continue;
    if (++errors < DEFAULT_LIMITS.minErrors) continue;
    const now = look({ canary: arm({ requests, errors }), stable, baseline: 'frozen', weightPct: 100 });
    if (alarmsOf(now, DEFAULT_LIMITS, lnEvidence(now, DEFAULT_LIMITS)).length > 0) return true;
  }
  return false;
}
