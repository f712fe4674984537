import { isOver } from '../../../../stack/demo/client';
import { abortWasSafe } from '../../../../stack/demo/promotion-checks';
import type { RolloutStatus } from '../../../../workflows/contract';
import { EU, IN, played, problems, rollout, UNDONE, US } from './played';

describe('a promotion of the demo', () => {
  const back = { outcome: 'rolled-back', reason: { kind: 'aborted', text: 'x' }, timeToSafeMs: 3 } as const;
  const middle = played({}, [rollout(EU, 0, UNDONE, { phase: 'canary', weightPct: 25 })]);
  const whole = played(back, [rollout(EU, 0, UNDONE), rollout(US, 0, UNDONE)]);
  const { [US]: unshown, ...rollouts } = whole.rollouts as Record<string, RolloutStatus>;
  const missing = { ...whole, rollouts };

  it('is not over, and has not gone back, where a region that began is not shown', () => {
    expect([unshown?.region, isOver(whole), isOver(missing)]).toEqual([US, true, false]);
    expect(isOver({ ...missing, problems: { [US]: 'it does not answer' } })).toBe(false);
    expect(isOver({ ...whole, problems: { [IN]: 'it does not answer' } })).toBe(false);
    expect(problems(abortWasSafe(missing, middle))).toEqual(['us-east ended undefined']);
    expect(problems(abortWasSafe(played(back, []), middle))).toContain('no region had begun');
  });

  it('is over where a region was left out before it began', () => {
    const regions = whole.status?.regions.map((one) =>
      one.region === IN ? { ...one, phase: 'ended' as const, outcome: 'skipped' as const } : one,
    );
    expect(isOver({ ...whole, status: whole.status && { ...whole.status, regions: regions ?? [] } })).toBe(true);
    expect(isOver({ ...whole, status: null })).toBe(false);
  });
});
