import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { checkAll, type Installation } from '../../adapters/configuration/check';
import { parseDigest, parseModelName } from '../../domain/ids';
import type { Plan } from '../../domain/plan';
import { resolvePlan } from '../../domain/resolve-plan';

const EXAMPLES = path.resolve(__dirname, '../../examples');

function installationOf(folder: string): Installation {
  const models = readdirSync(path.join(EXAMPLES, folder, 'models')).map((name) => `models/${name}`);
  const text = (name: string) => readFileSync(path.join(EXAMPLES, folder, name), 'utf8');
  return checkAll(new Map(['fleet.yaml', ...models].map((name) => [name, text(name)])), '');
}

function planOf({ fleet, models }: Installation, name: string): Plan {
  const model = parseModelName(name);
  const policy = models.get(model);
  const digest = parseDigest(`sha256:${'0'.repeat(64)}`);
  const files = [{ path: 'model.onnx', digest, bytes: 1, mediaType: 'application/octet-stream' }];
  const freight = { digest, model, version: 'v1', files, requires: {}, goldenSet: null };
  if (!fleet || !policy) throw new Error(`examples have no ${name}`);
  const answer = resolvePlan({ model, freight, fleet, policy, fastTrack: false });
  if ('problems' in answer) throw new Error(answer.problems.join('\n'));
  return answer.plan;
}

describe('the examples', () => {
  it('bring the fraud detector to one region first, then to the others', () => {
    const plan = planOf(installationOf('.'), 'fraud');
    expect(plan).toMatchObject({
      waves: [['eu-north'], ['us-east', 'ap-south']],
      jurisdictions: { 'eu-north': 'EU', 'us-east': 'US', 'ap-south': 'IN' },
      watch: { leaseMs: 30_000, limits: { latencyLimitsMs: [100, 400] } },
    });
    expect(plan.steps.map(({ weightPct }) => weightPct)).toEqual([5, 25, 50]);
  });

  it("keep patients' images within their jurisdictions, behind signatures", () => {
    const plan = planOf(installationOf('hospitals'), 'radiology');
    expect(plan.waves).toEqual([['hamburg'], ['berlin', 'zurich']]);
    expect(plan).toMatchObject({ mode: 'mirror', windowMs: 14 * 86_400_000, deadline: 'rollBack' });
    expect(plan.gates).toEqual([
      { id: 'medical-board', before: 'canary', regions: ['hamburg'], quorum: 2, approvers: expect.any(Array) },
      { id: 'swiss-office', before: 'flip', regions: ['zurich'], quorum: 1 },
      { id: 'berlin-it', before: 'flip', regions: ['berlin'], quorum: 1 },
    ]);
  });

  it('flip the triage model without a canary, the last wave behind a gate', () => {
    const plan = planOf(installationOf('hospitals'), 'triage');
    expect(plan).toMatchObject({ steps: [], deadline: 'proceed', flipBakeMs: 3_600_000 });
    expect(plan.gates).toEqual([{ id: 'us-night-shift', before: 'flip', regions: ['boston', 'austin'], quorum: 1 }]);
  });

  it('would be refused where residency forbids them', () => {
    const { fleet, models } = installationOf('hospitals');
    const policy = models.get(parseModelName('radiology'));
    if (!fleet || !policy) throw new Error('examples are incomplete');
    const everywhere = { ...policy, value: { ...policy.value, placement: 'all' as const, waves: [] } };
    const moved = { fleet, models: new Map([[everywhere.value.model, everywhere]]), roster: undefined };
    expect(() => planOf(moved, 'radiology')).toThrow(/hub to boston does not carry radiology.*\n.*hub to austin/);
  });
});
