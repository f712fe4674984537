import { Failure } from '../../../domain/failures';
import * as made from './fixtures';
import { Stage } from './stage';

const { AP, EU, US, V1, V2, V3 } = made;
const Y = { kind: 'breach', text: 'ap-south: errors' } as const;

let stage: Stage;
beforeEach(async () => {
  stage = await new Stage().open();
});
afterEach(() => stage.close());

async function underWay(): Promise<void> {
  for (const region of [EU, US, AP]) await stage.manifest.record(made.row(region));
  await stage.manifest.recordPromotion(made.record());
  await stage.manifest.recordPromotion(
    made.record({ id: 'promotion/fraud/7', epoch: 7, digest: V2, version: 'v2', outcome: null, endedAt: null }),
  );
  stage.engine.lineState = made.line({ current: made.current() });
  stage.engine.looks = [made.status()];
  stage.engine.rollouts = { [EU]: made.rollout(EU) };
}

describe('meridian status', () => {
  it('shows who serves what, and the promotion under way', async () => {
    await underWay();
    const { code, out } = await stage.run(['status', 'fraud']);
    expect(code).toBe(0);
    expect(out).toMatch(/eu-north +v1 11111111 +02-27 08:30Z +33333333 +v2 22222222 +canary/);
    expect(out).toContain('fraud v2 (222222222222)  promotion 7  rolling-out');
    expect(out).toContain('5 %  healthy');
  });

  it('keeps to a region', async () => {
    await underWay();
    const { out } = await stage.run(['status', '--region', 'us-east']);
    expect(out).toContain('us-east');
    expect(out).not.toContain('eu-north');
    const none = await stage.run(['status', '--region', 'mars']);
    expect([none.code, none.err]).toEqual([5, expect.stringContaining('no region mars')]);
  });

  it('prints what it was told as JSON', async () => {
    await underWay();
    const { out } = await stage.run(['status', 'fraud', '--json']);
    expect(JSON.parse(out)).toMatchObject({
      rows: [{}, {}, {}],
      promotions: [{ status: { epoch: 7 } }],
      line: { epoch: 7 },
    });
  });

  it.each([['status', 'fraud'], ['status']])(
    'says what Temporal knows while the manifest is away: %s',
    async (...args) => {
      await underWay();
      const away = async () => {
        throw new Failure('ManifestUnavailable', 'the manifest at db:5432 does not answer');
      };
      Object.assign(stage.manifest, { rows: away, promotions: away });
      const { code, out } = await stage.run(args);
      expect(code).toBe(4);
      expect(out.replace(/\n */g, ' ')).toContain('the manifest cannot be reached');
      expect(out).toContain('fraud v2 (222222222222)  promotion 7  rolling-out');
      expect(out).toContain('5 %  healthy');
    },
  );

  it('shows the phase that a region is in now beside what is targeted, live and previous', async () => {
    await underWay();
    const regions = [{ ...made.status().regions[0], region: EU, phase: 'baking' }];
    stage.engine.looks = [made.status({ regions: regions as never })];
    const { out } = await stage.run(['status', 'fraud']);
    expect(out).toMatch(/eu-north +v1 11111111 +02-27 08:30Z +33333333 +v2 22222222 +baking/);
  });

  it('has something to say of a model that was never promoted', async () => {
    stage.engine.lineState = null;
    const { code, out } = await stage.run(['status', 'fraud']);
    expect([code, out]).toEqual([0, 'no version is live anywhere yet\n']);
  });

  it('refuses a model that is not installed', async () => {
    const { code, err } = await stage.run(['status', 'frod']);
    expect([code, err]).toEqual([5, expect.stringContaining('these are: fraud')]);
  });
});

describe('meridian history', () => {
  it('is a table, newest first', async () => {
    await underWay();
    await stage.manifest.recordPromotion(
      made.record({
        epoch: 5,
        id: 'promotion/fraud/5',
        digest: V3,
        outcome: 'rolled-back',
        reason: Y,
        timeToSafeMs: 812,
      }),
    );
    const { out } = await stage.run(['history', 'fraud']);
    const lines = out.trim().split('\n');
    expect(lines[0]).toMatch(/^epoch +version +outcome +reason +started +took +safe +by$/);
    expect(lines[1]).toMatch(/^ +7 +v2 22222222 +under way/);
    expect(lines[3]).toMatch(/^ +5 +v1 33333333 +rolled-back +breach +02-27 08:00Z +30m +812ms +ada$/);
  });

  it.each([
    ['0', 2],
    ['2000', 2],
  ])('refuses a limit of %s', async (limit, exitCode) => {
    expect((await stage.run(['history', '--limit', limit])).code).toBe(exitCode);
  });
});

describe('meridian explain', () => {
  const denied = {
    model: made.FRAUD,
    digest: V3,
    state: 'denied',
    text: 'breach: ap-south',
    at: '2026-02-27T09:00:00Z',
  } as const;

  beforeEach(async () => {
    await stage.manifest.recordDigest(denied);
    await stage.manifest.recordPromotion(made.record({ digest: V3, version: 'v3', outcome: 'rolled-back', reason: Y }));
  });

  it.each([[V3], ['333333']])(
    'says of %s why it was not promoted, what to do, and on which evidence',
    async (digest) => {
      stage.engine.looks = [
        made.status({ digest: V3, version: 'v3', phase: 'ended', outcome: 'rolled-back', reason: Y }),
      ];
      stage.engine.rollouts = { [EU]: made.rollout(EU, { outcome: 'rolled-back', phase: 'ended' }) };
      const { code, out } = await stage.run(['explain', digest]);
      expect(code).toBe(0);
      expect(out).toContain('fraud v3 (333333333333)  denied');
      expect(out.replace(/\n +/g, ' ')).toContain('meridian release fraud 333333333333 --reason');
      expect(out).toContain('- eu-north     rolled-back');
    },
  );

  it('says of a model what became of every digest', async () => {
    await stage.manifest.recordDigest({ ...denied, digest: V1, state: 'live', text: '' });
    const { out } = await stage.run(['explain', 'fraud']);
    expect(out).toContain('fraud v3 (333333333333)  denied');
    expect(out).toContain('fraud (111111111111)  live');
  });

  it.each([
    ['sha256:99999999', 5],
    ['Not A Name', 2],
    ['beef', 5],
  ])('ends %s with %d', async (what, exitCode) => {
    expect((await stage.run(['explain', what])).code).toBe(exitCode);
  });
});

describe('meridian watch', () => {
  const ended = made.status({ phase: 'ended', outcome: 'live' });
  const done = { [EU]: made.rollout(EU, { phase: 'ended', outcome: 'live' }) };

  beforeEach(() => {
    stage.engine.lineState = made.line({ current: made.current() });
    stage.engine.rollouts = done;
  });

  it.each([
    ['live', 0],
    ['rolled-back', 1],
    ['live-partial', 1],
  ] as const)('ends with the promotion: %s gives %d', async (outcome, exitCode) => {
    stage.engine.looks = [made.status(), made.status(), { ...ended, outcome }];
    const { code, out } = await stage.run(['watch', 'fraud']);
    expect(code).toBe(exitCode);
    expect(out.match(/rolling-out/g)).toHaveLength(1); // what has not changed is not said again
    expect(out).toContain(outcome);
  });

  it('draws over itself on a terminal, and never higher than that', async () => {
    const regions = Array.from({ length: 60 }, (_one, at) => `region-${at}` as typeof EU);
    stage.engine.looks = [made.status({ waves: [regions] }), made.status({ waves: [regions] }), ended];
    const { out } = await stage.run(['watch', 'fraud'], { terminal: true });
    expect(out.match(/\u001b\[22A\u001b\[0J/g)).toHaveLength(2);
    expect(out).toContain('more lines; see meridian status');
  });

  it('goes on while the api has nobody to ask', async () => {
    stage.engine.looks = [made.status(), new Failure('EngineUnavailable', 'Temporal is away'), ended];
    const { code, err } = await stage.run(['watch', 'fraud']);
    expect([code, err]).toEqual([0, 'Temporal is away; watching goes on\nit answers again\n']);
  });

  it('leaves the promotion alone when it is interrupted', async () => {
    stage.engine.looks = [made.status()];
    const interrupting = new AbortController();
    const running = stage.run(['watch', 'fraud'], { interrupted: interrupting.signal });
    interrupting.abort();
    expect((await running).code).toBe(130);
    expect(stage.engine.updates).toEqual([]);
  });

  it('finds the only promotion under way, and wants a name where there are several', async () => {
    stage.engine.looks = [ended];
    await underWay();
    stage.engine.looks = [ended];
    stage.engine.rollouts = done;
    expect((await stage.run(['watch'])).code).toBe(0);
    await stage.manifest.recordPromotion(
      made.record({ id: 'promotion/other/1', model: 'other' as never, outcome: null, endedAt: null }),
    );
    const { code, err } = await stage.run(['watch']);
    expect([code, err]).toEqual([2, expect.stringMatching(/several .*(fraud, other|other, fraud)/)]);
  });

  it('follows what promote started', async () => {
    stage.engine.looks = [made.status(), ended];
    const { code, out } = await stage.run(['promote', 'fraud', '--yes', '--watch', '--json']);
    expect([code, (JSON.parse(out) as { status: { outcome: string } }).status.outcome]).toEqual([0, 'live']);
  });
});
