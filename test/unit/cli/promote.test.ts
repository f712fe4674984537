import { current, line, planned, PLAN_HASH, record, V1, V2, V3 } from './fixtures';
import { Stage } from './stage';

let stage: Stage;
beforeEach(async () => {
  stage = await new Stage().open();
});
afterEach(() => stage.close());

describe('meridian promote', () => {
  it('shows the plan, asks, and signs a start over the hash that it showed', async () => {
    const { code, out, err } = await stage.run(['promote', 'fraud', V2], { answers: ['y'] });
    expect([code, out]).toEqual([0, expect.stringContaining(`plan ${PLAN_HASH}`)]);
    expect(err).toContain('promote fraud v2? [y/N]');
    expect(out).toContain('started promotion/fraud/7');
    expect(stage.engine.planRequests).toEqual([{ digest: V2 }]);
    const [offered] = stage.engine.offers;
    expect(offered?.said).toMatchObject({ verb: 'start', promotion: 'line/fraud', planHash: PLAN_HASH, digest: V2 });
    expect(offered?.offer).toMatchObject({ digest: V2, planHash: PLAN_HASH, source: 'operator' });
  });

  it.each([['n'], [''], ['yesterday']])('starts nothing when the answer is %j', async (answer) => {
    const { code, err } = await stage.run(['promote', 'fraud'], { answers: [answer] });
    expect([code, err]).toEqual([1, expect.stringContaining('nothing was started')]);
    expect(stage.engine.offers).toEqual([]);
  });

  it('asks for --yes where nobody can be asked', async () => {
    const { code, err } = await stage.run(['promote', 'fraud', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'Usage', remedy: 'say --yes', exitCode: 2 } });
    expect(stage.engine.offers).toEqual([]);
  });

  it('prints the answer as JSON and nothing else', async () => {
    const { code, out, err } = await stage.run(['promote', 'fraud', '--yes', '--json']);
    expect([code, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toEqual({ kind: 'started', promotion: 'promotion/fraud/7', epoch: 7, planHash: PLAN_HASH });
  });

  it.each([
    [{ kind: 'denied', why: 'breach: ap-south; release it first' } as const, 3, /release the digest with a reason/],
    [{ kind: 'refused', why: 'PlanChanged: look at it again' } as const, 3, /PlanChanged/],
  ])('ends with 3 and the words of the line on %j', async (answer, exitCode, words) => {
    stage.engine.answer = answer;
    const { code, err } = await stage.run(['promote', 'fraud', '--yes']);
    expect([code, err]).toEqual([exitCode, expect.stringMatching(words)]);
  });

  it('signs a statement that is used up by one use and five minutes', async () => {
    await stage.run(['promote', 'fraud', '--yes']);
    await stage.run(['promote', 'fraud', '--yes']);
    const [first, second] = stage.engine.offers.map(({ said }) => said);
    expect(first?.jti).toMatch(/^[0-9a-f]{32}$/);
    expect(first?.jti).not.toBe(second?.jti);
    expect((first?.exp ?? 0) - Date.now() / 1_000).toBeLessThanOrEqual(300);
    expect((first?.exp ?? 0) - Date.now() / 1_000).toBeGreaterThan(200);
  });

  it('finds a digest by its first digits', async () => {
    await stage.manifest.recordPromotion(record({ digest: V2, version: 'v2' }));
    await stage.run(['promote', 'fraud', '222222', '--yes']);
    expect(stage.engine.planRequests).toEqual([{ digest: V2 }]);
  });

  it.each([
    ['999999', 5, /begins with 999999/],
    ['live', 2, /"live" is no digest/],
  ])('refuses %s as a digest', async (digest, exitCode, words) => {
    const { code, err } = await stage.run(['promote', 'fraud', digest, '--yes']);
    expect([code, err]).toEqual([exitCode, expect.stringMatching(words)]);
  });

  it('speaks as the person whose key it is given', async () => {
    stage.engine.plans = planned();
    const { code, err } = await stage.run([
      'promote',
      'fraud',
      '--yes',
      '--key',
      stage.file('eve.key', strangersKey()),
    ]);
    expect([code, err]).toEqual([3, expect.stringContaining('eve is not in the roster')]);
  });
});

describe('meridian rollback', () => {
  it('offers the version that was live before, signed as a rollback with its reason', async () => {
    const history = [
      { digest: V2, epoch: 6, outcome: 'live' },
      { digest: V3, epoch: 5, outcome: 'rolled-back' },
      { digest: V1, epoch: 4, outcome: 'live' },
    ];
    stage.engine.lineState = line({ live: V2, history });
    const { code, out } = await stage.run(['rollback', 'fraud', '--reason', 'complaints', '--yes']);
    expect([code, out]).toEqual([0, 'started promotion/fraud/7\n']);
    const [offered] = stage.engine.offers;
    expect(offered?.said).toMatchObject({ verb: 'rollback', digest: V1, reason: 'complaints', planHash: '' });
    expect(offered?.offer).toMatchObject({ digest: V1, source: 'rollback' });
  });

  it('goes back to the digest that a person names', async () => {
    await stage.run(['rollback', 'fraud', '--to', V3, '--reason', 'audited', '--yes']);
    expect(stage.engine.offers[0]?.offer.digest).toBe(V3);
  });

  it('says so where nothing was live before, and where a promotion is under way', async () => {
    const none = await stage.run(['rollback', 'fraud', '--reason', 'complaints', '--yes']);
    expect([none.code, none.err]).toEqual([5, expect.stringContaining('no version that was live before')]);
    stage.engine.lineState = line({ current: current() });
    const busy = await stage.run(['rollback', 'fraud', '--to', V3, '--reason', 'complaints', '--yes']);
    expect(busy.err).toContain('to stop it: meridian abort fraud');
  });
});

/** A key of somebody who is in no roster. */
function strangersKey(): string {
  return JSON.stringify({ actor: 'eve', secretKey: Buffer.alloc(32, 9).toString('base64url') });
}
