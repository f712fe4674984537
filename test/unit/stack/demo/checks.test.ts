import { parseDigest } from '../../../../domain/ids';
import type { Phase } from '../../../../domain/phase';
import { GATE } from '../../../../stack/demo/policy';
import * as checks from '../../../../stack/demo/promotion-checks';
import type { PromotionStatus, RolloutStatus } from '../../../../workflows/contract';
import { DIGEST, EU, FORWARD, IN, LATE, live, played, problems, rollout, step, STEPS, UNDONE, US } from './played';

describe('step 4 of the demo', () => {
  const honest = [live(EU, 0), live(US, 4_000), live(IN, 4_000)];

  it('holds of a fine-tune that went live wave by wave', () => {
    expect(problems(checks.fineTuneWentLive(played({}, honest)))).toEqual([]);
    const first = honest.map((one) => ({ ...one, steps: [step(100)] }));
    expect(problems(checks.firstWentLive(played({}, first)))).toEqual([]);
  });

  it.each<[string, Partial<PromotionStatus>, readonly RolloutStatus[], string]>([
    ['a person started it', { starter: 'ada' }, honest, 'it was started by ada'],
    ['it is of another digest', { digest: parseDigest(`sha256:${'b'.repeat(64)}`) }, honest, 'the promotion is of'],
    ['it did not end live', { outcome: 'live-partial' }, honest, 'it ended live-partial'],
    ['a region is missing', {}, honest.slice(1), 'eu-north ended undefined'],
    ['waves went together', {}, [live(EU, 0), live(US, 0), live(IN, 4_000)], 'us-east began before wave 1 was live'],
    ['there was one wave', { waves: [[EU, US, IN]] }, honest, 'there were 1 waves'],
    [
      'a region has no verdict',
      {},
      [live(EU, 0, { steps: [] }), ...honest.slice(1)],
      'there is no verdict in eu-north',
    ],
    ['a weight was left out', {}, [live(EU, 0, { steps: [step(5), step(100)] }), ...honest.slice(1)], 'the weights of'],
    [
      ...(['a verdict rests on nothing', {}] as const),
      [live(EU, 0, { steps: [step(5, 'healthy', 0), ...STEPS.slice(1)] }), ...honest.slice(1)],
      'the verdict in eu-north at 5 % rests on no request',
    ],
    [
      ...(['a verdict is not healthy', {}] as const),
      [live(EU, 0, { steps: [step(5, 'insufficient-evidence'), ...STEPS.slice(1)] }), ...honest.slice(1)],
      'the verdict in eu-north at 5 % is insufficient-evidence',
    ],
  ])('does not hold where %s', (_, change, rollouts, words) => {
    expect(problems(checks.fineTuneWentLive(played(change, rollouts))).join('\n')).toContain(words);
  });
});

describe('step 5 of the demo', () => {
  const reason = { kind: 'breach', text: 'ap-south: at 5 %: errors' } as const;
  const back = { outcome: 'rolled-back', reason, timeToSafeMs: 900 } as const;
  const eu = (change: readonly Phase[] = ['reserving', 'canary', 'live', 'rolling-back', 'ended']) =>
    rollout(EU, 0, change);
  const us = rollout(US, 3_000, UNDONE);
  const breached = { reason, breachAtMs: 2_500, steps: [step(5, 'regressed')] };
  const honest = [eu(), us, rollout(IN, 0, UNDONE, breached)];
  const beside = { failed: 4, ofCanary: 4, denied: [DIGEST] };

  it('holds of a breach in ap-south that took eu-north back from live', () => {
    expect(problems(checks.breachWasUndone(played(back, honest), beside))).toEqual([]);
  });

  it.each<[string, Partial<PromotionStatus>, readonly RolloutStatus[], Partial<typeof beside>, string]>([
    ['another region breached', { reason: { kind: 'breach', text: 'us-east: x' } }, honest, {}, "is not ap-south's"],
    ['us-east breached too', {}, [eu(), { ...us, breachAtMs: 1 }, honest[2] ?? us], {}, 'us-east breached too'],
    [
      'no verdict was it',
      {},
      [eu(), us, { ...(honest[2] ?? us), steps: [step(5)] }],
      {},
      'the last verdict in ap-south',
    ],
    ['eu-north was never live', {}, [eu(UNDONE), us, honest[2] ?? us], {}, 'no region that was live was undone'],
    ['eu-north came later', {}, [rollout(EU, 9_000, FORWARD), us, honest[2] ?? us], {}, 'eu-north was not live'],
    ['eu-north stayed live', {}, [live(EU, 0), us, honest[2] ?? us], {}, 'eu-north ended live'],
    ['no time was recorded', { timeToSafeMs: null }, honest, {}, 'the time to safe was not recorded'],
    ['others failed too', {}, honest, { failed: 5 }, "5 requests failed, 4 of them the canary's"],
    ['nothing failed', {}, honest, { failed: 0, ofCanary: 0 }, '0 requests failed'],
    ['it is not denied', {}, honest, { denied: [] }, 'not on the deny list'],
  ])('does not hold where %s', (_, change, rollouts, other, words) => {
    const view = played({ ...back, ...change }, rollouts);
    expect(problems(checks.breachWasUndone(view, { ...beside, ...other })).join('\n')).toContain(words);
  });
});

describe('step 6 of the demo', () => {
  const back = { outcome: 'rolled-back', reason: { kind: 'validation', text: 'eu-north: x' } } as const;
  const worst = { caseId: 'v4-0032', output: 'score', absolute: 0.4, allowed: 0.02 };
  const fingerprint = { runtime: 'r', platform: 'p', hardware: 'h', driver: '' };
  const found = {
    freight: DIGEST,
    goldenSet: DIGEST,
    fingerprint,
    cases: 64,
    agreed: 0,
    casesPerSecond: 9,
    problems: [],
  };
  const stopped = (more: Partial<RolloutStatus> = {}, of: object = {}) =>
    rollout(EU, 0, ['reserving', 'validating', 'rolling-back', 'ended'], {
      ...{ validation: { ...found, worst: [worst], ...of }, ...more },
    });
  const beside = { failed: 0, answers: 0 };

  it('holds of damage that its golden set stopped', () => {
    expect(problems(checks.damageWasStopped(played(back, [stopped()]), beside))).toEqual([]);
  });

  it.each<[string, RolloutStatus, Partial<typeof beside>, string]>([
    ['the evidence names no case', stopped({}, { worst: [{ ...worst, caseId: '' }] }), {}, 'names no case and output'],
    ['the evidence names nothing', stopped({}, { worst: [] }), {}, 'names no error above what is allowed'],
    ['the error was allowed', stopped({}, { worst: [{ ...worst, absolute: 0.01 }] }), {}, 'names no error above'],
    ['there is no evidence', stopped({ validation: null }), {}, 'the evidence is not of this version'],
    ['all cases agreed', stopped({}, { agreed: 64 }), {}, 'every golden case agreed'],
    ['it was in a canary', rollout(EU, 0, UNDONE, { validation: stopped().validation }), {}, 'it met traffic'],
    ['a request reached it', stopped(), { answers: 1 }, '1 requests reached it'],
    ['requests failed', stopped(), { failed: 2 }, '2 requests failed'],
  ])('does not hold where %s', (_, one, other, words) => {
    const told = checks.damageWasStopped(played(back, [one]), { ...beside, ...other });
    expect(problems(told).join('\n')).toContain(words);
  });
});

describe('step 7 of the demo', () => {
  const gate = { id: GATE, before: 'canary', regions: [US, IN], quorum: 1, expiryMs: 9 } as never;
  const at = (approvedBy: readonly string[], open: boolean) => [{ gate, approvedBy, open, expiresAtMs: 5 }];
  const honest = [live(EU, 0), live(US, 4_000), live(IN, 4_000)];
  const waiting = (phase: Phase, open = false) => {
    const view = played({ gates: at([], open) }, []);
    const regions = view.status?.regions.map((one) => ({ ...one, phase })) ?? [];
    return { ...view, status: view.status && { ...view.status, regions } };
  };

  it.each([
    ['', waiting('awaiting'), ['grace'], ''],
    ['nobody waited', waiting('canary'), ['grace'], 'not every region of the second wave waited'],
    ['the gate was open', waiting('awaiting', true), ['grace'], 'the gate was not closed'],
    ['nobody said yes', waiting('awaiting'), [], 'the approval is not on record'],
  ])('holds of an approval unless %s', (_, before, approvedBy, words) => {
    const view = played({ gates: at(approvedBy, true) }, honest);
    const told = problems(checks.approvalWasWaitedFor(view, before, GATE)).join('\n');
    expect(words === '' ? told === '' : told.includes(words)).toBe(true);
  });

  it('holds of an abort in the middle of a canary, and of no other', () => {
    const reason = { kind: 'aborted', text: 'x' } as const;
    const ended = played({ outcome: 'rolled-back', reason, timeToSafeMs: 300 }, [rollout(EU, 0, UNDONE)]);
    const middle = played({}, [rollout(EU, 0, UNDONE, { phase: 'canary', weightPct: 25 })]);
    expect(problems(checks.abortWasSafe(ended, middle))).toEqual([]);
    expect(problems(checks.abortWasSafe(ended, ended))).toEqual([
      ...['no region was in the middle of its canary', 'no region went back from its canary'],
    ]);
    const late = played({ outcome: 'rolled-back', reason, timeToSafeMs: 300 }, [rollout(EU, 0, LATE)]);
    expect(problems(checks.abortWasSafe(late, middle))).toEqual(['no region went back from its canary']);
    expect(problems(checks.abortWasSafe(played({ reason }, honest), middle))).toContain('it ended live');
  });
});
