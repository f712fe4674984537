import { current, GATE, line, PLAN_HASH, status, V2, V3 } from './fixtures';
import { Stage } from './stage';

let stage: Stage;
beforeEach(async () => {
  stage = await new Stage().open();
  stage.engine.lineState = line({ current: current() });
});
afterEach(() => stage.close());

const gateStatus = { gate: GATE, approvedBy: [], open: false, expiresAtMs: null };

describe('steering a promotion', () => {
  it.each([
    ['pause', ['--reason', 'incident'], 'pause', { reason: 'incident' }],
    ['resume', [], 'resume', {}],
    ['abort', ['--reason', 'second thoughts'], 'abort', { reason: 'second thoughts' }],
    ['extend', [], 'extendBake', {}],
    ['extend', ['--region', 'us-east'], 'extendBake', { region: 'us-east' }],
    ['retry', ['--region', 'us-east'], 'retryRegion', { region: 'us-east' }],
    ['skip', ['--region', 'us-east', '--reason', 'power'], 'skipRegion', { region: 'us-east', reason: 'power' }],
  ])('signs %s %j for the promotion under way and prints its answer', async (name, args, verb, fields) => {
    const { code, out } = await stage.run([name, 'fraud', ...args]);
    expect([code, out]).toEqual([0, `${verb} done\n`]);
    const said = { verb, promotion: 'promotion/fraud/7', actor: 'ada', ...fields };
    expect(stage.engine.updates).toEqual([
      { to: 'promotion/fraud/7', verb, said: expect.objectContaining(said) as unknown },
    ]);
  });

  it.each([
    ['approve', []],
    ['reject', ['--gate', 'change-board', '--reason', 'not before the audit']],
  ])('binds %s %j to the plan, the freight and the gate of the promotion', async (name, args) => {
    stage.engine.looks = [status({ gates: [gateStatus] })];
    const { code } = await stage.run([name, 'fraud', ...args], { env: { MERIDIAN_KEY_FILE: stage.grace } });
    expect(code).toBe(0);
    const said = { verb: name, planHash: PLAN_HASH, digest: V2, gate: 'change-board', actor: 'grace' };
    expect(stage.engine.updates[0]?.said).toMatchObject(said);
  });

  it('names the closed gates when it is not clear which one is meant', async () => {
    stage.engine.looks = [status({ gates: [gateStatus, { ...gateStatus, gate: { ...GATE, id: 'night-shift' } }] })];
    const { code, err } = await stage.run(['approve', 'fraud']);
    expect([code, err]).toEqual([2, expect.stringContaining('closed gates: change-board, night-shift')]);
    expect(stage.engine.updates).toEqual([]);
  });

  it('takes an epoch for a promotion beside the line', async () => {
    await stage.run(['retry', 'fraud', '--region', 'us-east', '--epoch', '5']);
    expect(stage.engine.updates[0]?.to).toBe('promotion/fraud/5');
  });

  it('says how the last one ended when none is under way', async () => {
    stage.engine.lineState = line({ history: [{ digest: V2, epoch: 7, outcome: 'rolled-back' }] });
    const { code, err } = await stage.run(['abort', 'fraud']);
    expect(code).toBe(5);
    expect(err).toBe(
      'meridian: fraud has no promotion under way; the last one, epoch 7, ended rolled-back\n' +
        '  start one with: meridian promote fraud\n',
    );
  });

  it.each([
    [['skip', 'fraud', '--region', 'us-east'], '--reason is missing'],
    [['retry', 'fraud'], '--region is missing'],
    [['abort', 'fraud', '--epoch', 'last'], '"last" is not 1, 2, 3'],
    [['abort', 'fraud', '--reason', 'x'.repeat(1_001)], '1000 letters at most'],
    [['abort'], "missing required argument 'model'"],
  ])('refuses %j before anything is sent', async (args, words) => {
    const { code, err } = await stage.run(args);
    expect([code, err]).toEqual([2, expect.stringContaining(words)]);
    expect(stage.engine.updates).toEqual([]);
  });

  it('says that no key is named, and how to name one', async () => {
    const { code, err } = await stage.run(['abort', 'fraud'], { env: { MERIDIAN_KEY_FILE: '' } });
    expect([code, err]).toEqual([2, expect.stringContaining('--key or MERIDIAN_KEY_FILE')]);
  });
});

describe('steering a line', () => {
  it.each([
    [['release', 'fraud', V3, '--reason', 'it was the disk'], 'release', { verb: 'release', digest: V3 }],
    [['thaw', 'fraud'], 'thaw', { verb: 'thaw' }],
    [['hold', 'fraud', '--reason', 'audit'], 'hold', { verb: 'hold', reason: 'audit' }],
    [['unhold', 'fraud'], 'resume', { verb: 'unhold' }],
    [
      ['freeze', 'fraud', '--until', '2099-12-27T08:00:00+01:00', '--reason', 'holidays'],
      'freeze',
      { verb: 'freeze', until: '2099-12-27T08:00:00+01:00', reason: 'holidays' },
    ],
  ])('signs %j for the line', async (args, verb, fields) => {
    const { code, out } = await stage.run(args);
    expect([code, out]).toEqual([0, `${verb} done\n`]);
    expect(stage.engine.updates).toMatchObject([
      { to: 'line/fraud', verb, said: { promotion: 'line/fraud', ...fields } },
    ]);
  });

  it('turns a duration into the time at which a freeze ends', async () => {
    await stage.run(['freeze', 'fraud', '--until', '4h', '--reason', 'works']);
    const until = Date.parse(stage.engine.updates[0]?.said.until ?? '');
    expect(Math.abs(until - Date.now() - 4 * 3_600_000)).toBeLessThan(60_000);
  });

  it.each([
    [['freeze', 'fraud', '--until', '2020-01-01T00:00:00Z', '--reason', 'x'], 'has passed'],
    [['freeze', 'fraud', '--until', 'tomorrow', '--reason', 'x'], 'is no time'],
    [['freeze', 'fraud', '--reason', 'x'], '--until'],
    [['hold', 'fraud'], '--reason'],
  ])('refuses %j', async (args, words) => {
    const { code, err } = await stage.run(args);
    expect([code, err]).toEqual([2, expect.stringContaining(words)]);
    expect(stage.engine.updates).toEqual([]);
  });
});
