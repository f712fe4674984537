import { readYaml } from '../../../../adapters/configuration/yaml';
import { resolveFleet } from '../../../../domain/files/fleet';
import { resolvePolicy } from '../../../../domain/files/policy';
import { problemLine } from '../../../../domain/files/source';
import { DEFAULT_LIMITS } from '../../../../domain/judge';
import type { ModelPolicy } from '../../../../domain/model-policy';

const fleet = resolveFleet(
  readYaml(
    'fleet.yaml',
    'regions: [{ id: eu-north, jurisdiction: EU, gpu: nvidia }, { id: us-east, jurisdiction: US }, { id: ap-south, jurisdiction: IN }]',
  ),
);
if (fleet.kind === 'problems') throw new Error('the fleet of this test is wrong');
const read = (text: string, name = 'models/fraud.yaml') => resolvePolicy(readYaml(name, text), fleet.value);
function policyOf(text: string): ModelPolicy {
  const checked = read(text);
  if (checked.kind === 'problems') throw new Error(checked.problems.map(problemLine).join('\n'));
  return checked.value;
}
const problems = (text: string, name?: string): readonly string[] => {
  const checked = read(text, name);
  return checked.kind === 'problems' ? checked.problems.map(problemLine) : [];
};
const gates = (gate: string, more = '') => `${more}\napproval: { gates: [${gate}] }`;

describe('a model file', () => {
  it.each(['', 'model: fraud'])('needs no more than its name: %p', (text) => {
    expect(policyOf(text)).toEqual({
      model: 'fraud',
      source: { repository: 'models/fraud', tags: ['latest'] },
      placement: 'all',
      waves: [],
      windowMs: 86_400_000,
      deadline: 'hold',
      steps: [5, 25, 50].map((weightPct) => ({ weightPct, bakeMs: 300_000 })),
      flipBakeMs: 600_000,
      lookMs: 1000,
      leaseMs: 30_000,
      mode: 'split',
      limits: DEFAULT_LIMITS,
      validation: { tolerance: { rtol: 1e-4, atol: 1e-5 }, minCasesPerSecond: 0 },
      gates: [],
      approvalExpiryMs: 86_400_000,
      holdMs: 3_600_000,
      patienceMs: 600_000,
      onNewDigest: 'queue',
      keepPrevious: 2,
      freezes: [],
      pollMs: 60_000,
    });
  });

  it.each([
    ['all', 'all'],
    ['[us-east]', ['us-east']],
    ['{ jurisdictions: [EU, IN] }', ['eu-north', 'ap-south']],
    ['{ gpu: nvidia }', ['eu-north']],
  ])('places the model in %s', (placement, regions) => {
    expect(policyOf(`placement: ${placement}`).placement).toEqual(regions);
  });

  it('gives gates their scope', () => {
    const text = gates(
      '{ id: a, wave: 1 }, { id: b, before: flip, region: us-east, quorum: 2 }, { id: c, jurisdiction: EU, approvers: [ada] }',
    );
    expect(policyOf(text).gates).toEqual([
      { id: 'a', before: 'canary', quorum: 1, scope: { kind: 'wave', wave: 1 } },
      { id: 'b', before: 'flip', quorum: 2, scope: { kind: 'region', region: 'us-east' } },
      { id: 'c', before: 'canary', quorum: 1, scope: { kind: 'jurisdiction', jurisdiction: 'EU' }, approvers: ['ada'] },
    ]);
  });

  it('has all of its problems named at once, each with its place and what to write', () => {
    const text = [
      'placement: [eu-north, us-west]',
      'waves: [[eu-north], [eu-north, us-west], []]',
      'canary:',
      '  steps: [{ weightPct: 50 }, { weightPct: 25, bake: 5 }, { weightPct: 100 }]',
      '  lease: 10s',
      'onNewDigest: qeue',
      'limits: { sloErrorRate: 0, alfa: 1 }',
      'consistency: { kind: strong }',
    ].join('\n');
    expect(problems(text).toSorted()).toEqual(
      [
        'models/fraud.yaml:1:23: placement[1]: found "us-west", expected a region of the fleet; did you mean us-east?',
        'models/fraud.yaml:2:22: waves[1][0]: found "eu-north", expected each only once; line 2 has it already',
        'models/fraud.yaml:2:32: waves[1][1]: found "us-west", expected a region of the fleet; did you mean us-east?',
        'models/fraud.yaml:2:42: waves[2]: found an empty list, expected a wave of at least one region',
        'models/fraud.yaml:4:32: canary.steps[1].weightPct: found 25, expected more than the 50 before it',
        'models/fraud.yaml:4:47: canary.steps[1].bake: found 5, expected a duration from 1ms to 30d, such as 500ms, 30s, 5m, 4h or 1d',
        'models/fraud.yaml:4:60: canary.steps[2].weightPct: found 100, expected a whole number from 1 to 99',
        'models/fraud.yaml:5:3: canary.lease: found "10s", expected a duration from 15s to 1d, such as 500ms, 30s, 5m, 4h or 1d',
        'models/fraud.yaml:6:1: onNewDigest: found "qeue", expected one of queue, supersede, reject, hotfix; did you mean queue?',
        'models/fraud.yaml:7:11: limits.sloErrorRate: found 0, expected a number from 1e-9 to 0.999999999',
        'models/fraud.yaml:7:28: limits.alfa: found the unknown key "alfa", expected alpha, or leave it out',
        'models/fraud.yaml:8:16: consistency.kind: found "strong", expected eventual (strong is not built yet)',
      ].toSorted(),
    );
  });

  it.each<[string, string, RegExp]>([
    ['the name of another model', 'model: other', /model: found "other", expected fraud, the name of the file/],
    ['a placement of no form', 'placement: everywhere', /expected all, a list of regions, or \{ jurisdictions, gpu \}/],
    [
      'a selector with an unknown key',
      'placement: { jurisdiction: EU }',
      /unknown key "jurisdiction", expected jurisdictions/,
    ],
    [
      'a selector that nothing meets',
      'placement: { jurisdictions: [MARS] }',
      /that at least one region of the fleet meets/,
    ],
    ['a region that no wave names', 'waves: [[eu-north, us-east]]', /found no wave with ap-south/],
    [
      'a wave where it is not placed',
      'placement: [eu-north]\nwaves: [[eu-north, us-east]]',
      /that placement names too/,
    ],
    ['a gate of nowhere', gates('{ id: a }'), /gates\[0\]: found 0 of them, expected one of wave, region, jurisd/],
    ['a gate of two scopes', gates('{ id: a, wave: 1, region: us-east }'), /found 2 of them/],
    ['a gate of an unknown wave', gates('{ id: a, wave: 2 }'), /wave: found 2, expected a wave from 1 to 1/],
    ['a gate of an unknown region', gates('{ id: a, region: us-eest }'), /did you mean us-east/],
    [
      'a gate outside of the placement',
      gates('{ id: a, region: us-east }', 'placement: [eu-north]'),
      /gates\[0\].region/,
    ],
    ['a gate of an unknown jurisdiction', gates('{ id: a, jurisdiction: DE }'), /\(EU, US, IN\)/],
    [
      'one gate id twice',
      gates('{ id: a, wave: 1 }, { id: a, wave: 1 }'),
      /gates\[1\].id: found "a", expected each only once/,
    ],
    [
      'a quorum that nobody can meet',
      gates('{ id: a, wave: 1, quorum: 3, approvers: [x, y] }'),
      /at most the 2 approvers/,
    ],
    [
      'latency limits that fall',
      'limits: { latencyLimitsMs: [200, 100] }',
      /latencyLimitsMs\[1\]: found 100, expected more/,
    ],
    ['four latency limits', 'limits: { latencyLimitsMs: [1, 2, 3, 4] }', /at most 3 limits/],
    [
      'a look that is slower than a heartbeat',
      'canary: { look: 5s }',
      /canary.look: found "5s", expected a duration from 50ms/,
    ],
    [
      'a freeze that ends before it begins',
      `freezes: [{ from: '2026-01-02T00:00:00Z', until: '2026-01-02T00:00:00+01:00', reason: x }]`,
      /a time after from/,
    ],
    [
      'a freeze without offset',
      `freezes: [{ from: '2026-01-02T00:00:00', until: '2026-01-03T00:00:00Z', reason: x }]`,
      /a time with offset/,
    ],
    ['a poll that is too quick', 'poll: 500ms', /0s, or a duration from 1s to 1d/],
    ['not a number', 'limits: { alpha: .nan }', /limits.alpha: found null, expected a number/],
  ])('is refused with %s', (_, text, reason) => {
    expect(problems(text)).toEqual(expect.arrayContaining([expect.stringMatching(reason)]));
  });

  it('is refused under a name that no model can have', () => {
    expect(problems('', 'models/My Model.yaml')).toEqual([expect.stringMatching(/found the file name "My Model"/)]);
  });

  it('switches polling off with 0s', () => {
    expect(policyOf('poll: 0s').pollMs).toBe(0);
    expect(policyOf('canary: { steps: [] }').steps).toEqual([]);
  });
});
