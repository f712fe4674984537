import type { Fleet, Region } from '../../../domain/fleet';
import { parseDigest, parseModelName, parseRegionId, type RegionId } from '../../../domain/ids';
import { DEFAULT_LIMITS } from '../../../domain/judge';
import type { GatePolicy, ModelPolicy } from '../../../domain/model-policy';
import { MAX_REGIONS, type Plan } from '../../../domain/plan';
import { forecast, resolvePlan, type KnownInventory, type PlanQuestion } from '../../../domain/resolve-plan';

const digest = (letter: string) => parseDigest(`sha256:${letter.repeat(64)}`);
const FRAUD = parseModelName('fraud');
const [EU, US, AP] = ['eu-north', 'us-east', 'ap-south'].map(parseRegionId) as [RegionId, RegionId, RegionId];

function region(id: RegionId, jurisdiction: string): Region {
  const store = { kind: 'filesystem', path: `data/${id}` } as const;
  const cache = { path: `cache/${id}`, bytes: 1e9 };
  return { id, jurisdiction, timeZone: 'UTC', store, cache, runtimes: [], routers: [], gpu: 'none' };
}
const fleet: Fleet = {
  hub: { store: { kind: 'filesystem', path: 'hub' }, registry: { kind: 'layout', path: 'registry' } },
  regions: [region(EU, 'EU'), region(US, 'US'), region(AP, 'IN')],
  links: [
    { from: 'hub', to: EU, mbps: 100, rttMs: 10, usdPerGB: 0.02 },
    { from: 'hub', to: US, mbps: 50, rttMs: 90, usdPerGB: 0.05 },
  ],
};
const policy: ModelPolicy = {
  model: FRAUD,
  source: { repository: 'models/fraud', tags: ['latest'] },
  placement: 'all',
  waves: [[EU], [US, AP]],
  windowMs: 4e6,
  deadline: 'hold',
  steps: [5, 25, 50].map((weightPct) => ({ weightPct, bakeMs: 1000 })),
  flipBakeMs: 2000,
  lookMs: 1000,
  leaseMs: 30_000,
  mode: 'split',
  limits: DEFAULT_LIMITS,
  validation: { tolerance: { rtol: 1e-3, atol: 1e-5 }, minCasesPerSecond: 0 },
  gates: [],
  approvalExpiryMs: 1,
  holdMs: 2,
  patienceMs: 3,
  onNewDigest: 'queue',
  keepPrevious: 2,
  freezes: [],
  pollMs: 60_000,
};
const weights = { path: 'w', digest: digest('1'), bytes: 30_000_000, mediaType: 'x' };
const freight = { digest: digest('f'), model: FRAUD, version: 'v2', files: [weights], requires: {}, goldenSet: null };
const gate = (scope: GatePolicy['scope'], before: GatePolicy['before'] = 'canary'): GatePolicy => ({
  id: 'board',
  before,
  scope,
  quorum: 2,
});
const question = (change: Partial<ModelPolicy> = {}, more: Partial<PlanQuestion> = {}): PlanQuestion => ({
  model: FRAUD,
  freight,
  fleet: { value: fleet, digest: digest('a') },
  policy: { value: { ...policy, ...change }, digest: digest('b') },
  fastTrack: false,
  ...more,
});
function planOf(change: Partial<ModelPolicy> = {}, more: Partial<PlanQuestion> = {}): Plan {
  const answer = resolvePlan(question(change, more));
  if ('problems' in answer) throw new Error(answer.problems.join('\n'));
  return answer.plan;
}
const problemsOf = (change: Partial<ModelPolicy>, more: Partial<PlanQuestion> = {}): string => {
  const answer = resolvePlan(question(change, more));
  return 'problems' in answer ? answer.problems.join('\n') : 'none';
};

describe('a plan', () => {
  it('holds what decides: files by digest, waves, steps, jurisdictions', () => {
    expect(planOf()).toMatchObject({
      model: FRAUD,
      freight,
      fleetDigest: digest('a'),
      policyDigest: digest('b'),
      waves: [[EU], [US, AP]],
      jurisdictions: { [EU]: 'EU', [US]: 'US', [AP]: 'IN' },
      steps: policy.steps,
    });
  });

  it('divides alpha by its regions', () => {
    expect(planOf().watch.limits.alpha).toBeCloseTo(0.01 / 3, 12);
    expect(planOf({ placement: [EU], waves: [] }).watch.limits.alpha).toBe(0.01);
  });

  it('is one wave of all where no waves are given', () => {
    expect(planOf({ waves: [] }).waves).toEqual([[EU, US, AP]]);
  });

  it.each<[string, GatePolicy['scope'], RegionId[]]>([
    ['a wave', { kind: 'wave', wave: 2 }, [US, AP]],
    ['a region', { kind: 'region', region: AP }, [AP]],
    ['a jurisdiction', { kind: 'jurisdiction', jurisdiction: 'EU' }, [EU]],
  ])('resolves the gate of %s to its regions', (_, scope, regions) => {
    expect(planOf({ gates: [gate(scope)] }).gates).toEqual([{ id: 'board', before: 'canary', regions, quorum: 2 }]);
  });

  it('moves the gate of a canary that there is none of to the flip', () => {
    const gates = [{ ...gate({ kind: 'region', region: EU }), approvers: ['ada'] }];
    const moved = [{ id: 'board', before: 'flip', regions: [EU], quorum: 2, approvers: ['ada'] }];
    expect(planOf({ gates, steps: [] }).gates).toEqual(moved);
  });

  it('asks nobody on the way back: a rollback has no canary and no gates', () => {
    const gates = [gate({ kind: 'region', region: EU })];
    expect(planOf({ gates }, { fastTrack: true })).toMatchObject({ gates: [], steps: [], fastTrack: true });
  });

  it('leaves out regions, their waves and their gates, when asked to', () => {
    const gates = [gate({ kind: 'region', region: EU })];
    expect(planOf({ gates }, { without: [EU] })).toMatchObject({ waves: [[US, AP]], gates: [] });
    expect(planOf({}, { without: [EU] }).watch.limits.alpha).toBe(0.005);
  });

  it('names all problems at once', () => {
    const nowhere = parseRegionId('nowhere');
    const problems = problemsOf(
      { waves: [[EU, nowhere], [EU], []], gates: [gate({ kind: 'wave', wave: 7 })] },
      { freight: { ...freight, model: parseModelName('other'), files: [] } },
    );
    expect(problems.split('\n')).toEqual([
      expect.stringContaining('is a version of other, not of fraud'),
      expect.stringContaining('has no files'),
      expect.stringContaining('wave 1 names nowhere'),
      expect.stringContaining('eu-north is in wave 1 and in wave 2'),
      expect.stringContaining('wave 3 is empty'),
      expect.stringContaining('no wave names us-east, ap-south'),
      expect.stringContaining('gate board names no region'),
    ]);
  });

  it('is refused without a region, and with more than one promotion takes', () => {
    expect(problemsOf({}, { without: [EU, US, AP] })).toMatch(/no region is left/);
    const many = (count: number): Fleet => ({
      ...fleet,
      regions: Array.from({ length: count }, (_, at) => region(parseRegionId(`r${at}`), 'EU')),
    });
    const ask = (count: number) => problemsOf({ waves: [] }, { fleet: { value: many(count), digest: digest('a') } });
    expect(ask(MAX_REGIONS)).toBe('none');
    expect(ask(MAX_REGIONS + 1)).toMatch(/501 regions, one promotion takes at most 500/);
  });

  it('is refused where a link may not carry the model', () => {
    const links = fleet.links.map((link) => ({ ...link, carries: link.to === US ? [] : [FRAUD] }));
    const strict = { fleet: { value: { ...fleet, links }, digest: digest('a') } };
    expect(problemsOf({}, strict)).toMatch(/hub to us-east does not carry fraud \(residency\)/);
    expect(problemsOf({ placement: [EU], waves: [] }, strict)).toBe('none');
  });
});

describe('a forecast', () => {
  const known = (more: Partial<KnownInventory> = {}): KnownInventory => ({
    missingBytes: 10_000_000,
    freeBytes: 1e12,
    firstVersion: false,
    ...more,
  });
  const inRegions = (eu: Partial<KnownInventory>) => {
    return forecast(planOf(), { [EU]: known(eu), [US]: { unknown: 'no answer within 10 s' } }, fleet.links).regions;
  };

  it('says what moves, how long, at what cost, and how many requests each step needs', () => {
    expect(inRegions({})[0]).toMatchObject({
      region: EU,
      bytesTotal: 30_000_000,
      bytesToMove: 10_000_000,
      transferMs: 800, // 80 Mbit at 100 Mbit/s
      costUsd: 0.0002,
      bakeMs: 5000,
      requestsNeeded: [528, 528, 528], // (1 - 0.01)^n < 0.01 / 2
      firstVersion: false,
      warnings: [],
    });
  });

  it('knows nothing of a region that did not answer, and says so', () => {
    const [, us, ap] = inRegions({});
    expect(us).toMatchObject({ bytesToMove: null, transferMs: null, costUsd: null, firstVersion: null });
    expect(us?.warnings).toEqual(['bytes to move are unknown: no answer within 10 s']);
    expect(ap?.warnings).toEqual([
      'bytes to move are unknown: it was not asked',
      'time and cost are unknown: fleet.yaml has no link from hub to ap-south',
    ]);
  });

  it('plans no canary for a first version', () => {
    expect(inRegions({ firstVersion: true })[0]).toMatchObject({
      bakeMs: 2000,
      requestsNeeded: [],
      firstVersion: true,
    });
  });

  it.each<[string, Partial<KnownInventory>, RegExp]>([
    ['a disk that is too small', { freeBytes: 9_000_000 }, /^disk short by 1000000 bytes$/],
    ['a store that cannot say', { freeBytes: null }, /free space is unknown/],
    ['a freight that the hub does not hold', { missingBytes: null }, /at most 30000000/],
  ])('warns of %s', (_, inventory, warning) => {
    expect(inRegions(inventory)[0]?.warnings).toEqual([expect.stringMatching(warning)]);
  });

  it('warns of limits that nothing can meet', () => {
    const plan = planOf({ limits: { ...DEFAULT_LIMITS, sloErrorRate: 1e-12 } });
    expect(forecast(plan, { [EU]: known() }, fleet.links).regions[0]?.warnings).toEqual([
      expect.stringContaining('no number of requests'),
    ]);
  });
});
