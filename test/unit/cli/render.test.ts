import { NEVER } from '../../../domain/judge';
import { historyLines } from '../../../cli/render/history';
import { coloured, fitted, plain, wrapped } from '../../../cli/render/paint';
import { planLines } from '../../../cli/render/plan';
import { promotionLines } from '../../../cli/render/promotion';
import { bytesText, countText, durationText, shareText } from '../../../cli/render/quantities';
import { laneLines, rowLines, versionsIn } from '../../../cli/render/rows';
import { table } from '../../../cli/render/table';
import type { PromotionView } from '../../../cli/api-shapes';
import * as made from './fixtures';

const { AP, EU, GATE, START_MS, US, V1, V2, V3 } = made;
const frame = { nowMs: START_MS + 75_000, width: 80, paint: plain };

function view(more: Partial<PromotionView> = {}): PromotionView {
  return {
    status: made.status(),
    record: null,
    rollouts: { [EU]: made.rollout(EU) },
    hub: [],
    live: {},
    problems: {},
    ...more,
  };
}
const watching = (note = '') => ({
  ...({ activity: 'watch', state: 'running', attempt: 1, lastHeartbeatAtMs: START_MS, lastFailure: null } as const),
  progress: { under: made.counts(1, 1_234), beside: made.counts(4, 4_936), bakedMs: 12_000, note },
});

describe('a promotion as a tree', () => {
  it('reads promotion > wave > region > step, with weights, counts and bounds', () => {
    expect(promotionLines(view({ live: { [EU]: [watching()] } }), frame)).toEqual([
      'fraud v2 (222222222222)  promotion 7  rolling-out',
      '  started 03-01 10:00Z by ada, 1 min 15 s ago; window ends 03-02 10:00Z',
      '├─ wave 1 of 2',
      '│  └─   eu-north     canary  25 %  for 15 s',
      '│        replicated 32.0 MiB, 1.0 MiB of it moved in 1.2 s',
      '│          5 %  healthy  canary 0/612, stable 3/11,612, < 0.73 %',
      '│         25 %  baked 12 s  canary 1/1,234, stable 4/4,936',
      '└─ wave 2 of 2, not started',
      '   ├─   us-east  pending',
      '   └─   ap-south  pending',
    ]);
  });

  it('says why a region went back, what is left undone, and since when it is safe', () => {
    const evidence = made.evidence(made.counts(40, 210), made.counts(2, 3_900), {
      ratioBound: null,
      absoluteBound: null,
    });
    const breached = made.rollout(EU, {
      ...{ phase: 'stuck', outcome: null, weightPct: 0, steps: [made.step(5, 'regressed', evidence)] },
      ...{ reason: { kind: 'breach', text: 'errors: ln E 9.1' }, notUndone: ['unload', 'release claims'] },
      ...{ breachAtMs: START_MS + 70_000, safeAtMs: START_MS + 70_800 },
    });
    const lines = promotionLines(view({ rollouts: { [EU]: breached } }), frame).join('\n');
    expect(lines).toContain('! eu-north     stuck');
    expect(lines).toContain('  5 %  regressed  canary 40/210, stable 2/3,900');
    expect(lines).toContain('breach: errors: ln E 9.1');
    expect(lines).toContain('not undone: unload, release claims');
    expect(lines).toContain('since 2026-03-01 10:01:10Z, 800 ms after');
  });

  it('names the worst error of a golden set that does not agree', () => {
    const worst = [{ caseId: 'case-17', output: 'score', absolute: 0.41231, allowed: 0.0011 }];
    const fingerprint = { runtime: 'onnxruntime', platform: 'linux-x64', hardware: 'cpu', driver: '' };
    const numbers = { cases: 64, agreed: 60, casesPerSecond: 811.6, worst, problems: [] };
    const validation = { freight: V2, goldenSet: V3, fingerprint, ...numbers };
    const lines = promotionLines(view({ rollouts: { [EU]: made.rollout(EU, { validation, steps: [] }) } }), frame);
    expect(lines).toContainEqual(expect.stringContaining('60 of 64 golden cases agree, 812 a second'));
    expect(lines).toContainEqual(expect.stringContaining('worst: case case-17, output score, off by 0.4123'));
  });

  it('shows what is waited for: gates, holds, unreachable regions, activities that fail', () => {
    const status = made.status({
      ...{ waitsFor: 'the gate change-board', phase: 'awaiting', paused: true },
      gates: [{ gate: { ...GATE, quorum: 2 }, approvedBy: ['grace'], open: false, expiresAtMs: START_MS + 3_600_000 }],
    });
    const held = made.rollout(EU, { phase: 'held', heldUntilMs: START_MS + 60_000, unreachableSinceMs: START_MS });
    const failing = { ...watching('no counters of gw-1'), attempt: 3, lastFailure: 'RegionUnreachable: gone' };
    const seen = view({ status, rollouts: { [EU]: held }, live: { [EU]: [failing] }, problems: { [US]: 'no worker' } });
    const lines = promotionLines(seen, frame).join('\n');
    for (const words of [
      'awaiting, paused',
      'waits for the gate change-board',
      'gate change-board before canary: 1 of 2 approvals (grace), until 2026-03-01',
      'held until 2026-03-01 10:01:00Z, then rolled back',
      'unreachable since 2026-03-01 10:00:00Z',
      'no look: no counters of gw-1',
      'watch, attempt 3: RegionUnreachable: gone',
      'not to be asked now: no worker',
    ]) {
      expect(lines).toContain(words);
    }
  });

  it('shows how bytes move', () => {
    const moving = { ...watching(), activity: 'replicate', progress: { bytesDone: 8_388_608, bytesTotal: 33_554_432 } };
    const rollouts = { [EU]: made.rollout(EU, { phase: 'replicating', steps: [], replicateMs: null, weightPct: 0 }) };
    const lines = promotionLines(view({ rollouts, live: { [EU]: [moving] } }), frame);
    expect(lines).toContainEqual(expect.stringContaining('replicate: 8.0 MiB of 32.0 MiB, 25 %'));
  });

  it('shows how far the upload is, and what it waits for', () => {
    const progress = { bytesDone: 8_388_608, bytesTotal: 33_554_432 };
    const failing = {
      attempt: 3,
      lastFailure: `registry http://127.0.0.1:5000 does not answer: ${'check it '.repeat(9)}`,
    };
    const status = made.status({ phase: 'uploading', regions: [] });
    const hub = [{ ...watching(), activity: 'upload', progress, ...failing }];
    const lines = promotionLines(view({ status, hub, rollouts: {} }), frame);
    expect(lines).toContain('  upload: 8.0 MiB of 32.0 MiB, 25 %');
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}upload, attempt 3: registry .* does not answer/));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('keeps to one region when told to', () => {
    const lines = promotionLines(view(), { ...frame, region: AP }).join('\n');
    expect(lines).toContain('ap-south');
    expect(lines).not.toContain('eu-north');
  });

  it('shows the record of a promotion whose history is gone', () => {
    const record = made.record({ outcome: 'rolled-back', reason: { kind: 'aborted', text: 'ada' }, timeToSafeMs: 412 });
    expect(promotionLines(view({ status: null, record, rollouts: {} }), frame)).toEqual([
      'fraud v1 (111111111111)  promotion 6  rolled-back',
      '  started 2026-02-27 08:00:00Z by ada, ended 2026-02-27 08:30:00Z',
      '  aborted: ada',
      '  safe again after 412 ms',
    ]);
  });
});

describe('a screen of any width', () => {
  const long = 'a-region-with-a-name-as-long-as-names-may-be-which-is-63-letters';
  const reason = { kind: 'fault', text: `${'very long words of a reason '.repeat(12)}${'x'.repeat(200)}` } as const;
  const wide = made.rollout(EU, { region: long as never, reason, waitsFor: reason.text, notUndone: ['a', 'b'] });
  const status = made.status({ waves: [[long as never]], reason, version: 'v'.repeat(128), waitsFor: reason.text });

  it.each([40, 80, 132])('is kept to %d columns, and no reason is cut', (width) => {
    const screen = { ...frame, width };
    const tree = promotionLines(
      view({ status, rollouts: { [long]: wide }, live: { [long]: [watching(reason.text)] } }),
      screen,
    );
    const rows = rowLines([made.row(long as never)], new Map([[V1, 'v'.repeat(100)]]), screen);
    const plan = planLines(made.planned(), screen).filter((line) => !line.startsWith('plan sha256:'));
    const history = historyLines([made.record({ starter: 's'.repeat(128) })], screen);
    for (const line of [...tree, ...rows, ...plan, ...history]) expect(line.length).toBeLessThanOrEqual(width);
    const words = tree.map((line) => line.replace(/^[│├└─ ]+/, '')).join(' ');
    expect(words.match(/very long words of a reason/g)?.length ?? 0).toBeGreaterThan(12);
  });
});

describe('a plan', () => {
  it('shows bytes, time, cost, requests, steps, gates, warnings and the hash', () => {
    const lines = planLines(made.planned(), frame);
    expect(lines[0]).toBe('fraud v2 (222222222222)');
    expect(lines).toContain('  wave 1: eu-north; wave 2: us-east, ap-south');
    const text = lines.join('\n').replace(/\n +/g, ' ');
    expect(text).toContain('canary 5 % 25 s, 25 % 25 s, 50 % 25 s, then all of it, watched 15 s');
    expect(text).toContain('gate change-board before canary in us-east, ap-south: 1 of any approver, within 1 h');
    expect(text).toContain('ap-south: bytes to move are unknown: its worker has not answered within 10 s');
    expect(lines).toContainEqual(
      expect.stringMatching(/eu-north .*1\.0 MiB .*32\.0 MiB .*1\.2 s .*1 min 30 s .*0\.0123/),
    );
    expect(lines.at(-1)).toBe(`plan ${made.PLAN_HASH}`);
  });

  it('says `never` where no number of requests is enough', () => {
    const planned = made.planned({ gates: [], fastTrack: true, steps: [] });
    const regions = planned.forecast.regions.map((region) => ({
      ...region,
      requestsNeeded: [NEVER],
      firstVersion: true,
    }));
    const text = planLines({ ...planned, forecast: { regions } }, frame).join('\n');
    for (const words of ['never', 'its first version, so no canary', 'no canary', 'was live here before'])
      expect(text).toContain(words);
  });
});

describe('regions and lines', () => {
  it('names versions as people did, and digests where nobody did', () => {
    const versions = versionsIn([made.record(), made.record({ digest: V2, version: 'v2' })]);
    const [head, first, second] = rowLines(
      [made.row(EU), made.row(US, { live: null, target: null, phase: 'ended', outcome: 'live' })],
      versions,
      frame,
    );
    expect(head).toMatch(/^region +live +since +previous +targeted +phase$/);
    expect(first).toMatch(/^eu-north +v1 11111111 +02-27 08:30Z +33333333 +v2 22222222 +canary$/);
    expect(second).toMatch(/^us-east +- +- +33333333 +- +live$/);
  });

  it('tells what a line holds back', () => {
    const state = made.line({
      ...{ held: 'ada: audit', freezes: [{ from: '', until: '2026-12-27T08:00:00Z', reason: 'holidays' }] },
      denied: { [V3]: { reason: { kind: 'breach', text: 'ap-south' }, epoch: 5, at: '' } },
      queue: [{ digest: V2, id: 'x', source: 'registry' }],
    });
    expect(laneLines(state, { ...frame, versions: new Map([[V3, 'v3']]) })).toEqual([
      'line',
      '  queued: 222222222222',
      '  held, nothing starts: ada: audit',
      '  frozen until 2026-12-27T08:00:00Z: holidays',
      '  denied: v3 333333333333: breach: ap-south',
    ]);
    expect(laneLines(made.line(), { ...frame, versions: new Map() })).toEqual([]);
  });
});

describe('words and numbers', () => {
  it.each([
    [bytesText(0), '0 B'],
    [bytesText(1_023), '1023 B'],
    [bytesText(65_011_712), '62.0 MiB'],
    [bytesText(5e15), '4547.5 TiB'],
    [durationText(0.4), '0 ms'],
    [durationText(820), '820 ms'],
    [durationText(9_949), '9.9 s'],
    [durationText(59_600), '60 s'],
    [durationText(125_000), '2 min 5 s'],
    [durationText(3_600_000), '1 h'],
    [durationText(187_200_000), '2 d 4 h'],
    [countText(1_234_567), '1,234,567'],
    [shareText(0.00734), '0.73 %'],
  ])('%s reads %s', (made_, expected) => expect(made_).toBe(expected));

  it('cuts a line by what is seen, not by its colours', () => {
    expect(fitted(['ab', ['bad', 'cdef']], 5, coloured)).toBe('ab\u001b[31mcd…\u001b[0m');
    expect(fitted(['ab', ['bad', 'cde']], 5, coloured)).toBe('ab\u001b[31mcde\u001b[0m');
  });

  it('takes what could move the cursor out of words that others wrote', () => {
    expect(fitted(['a\u001b[2Jb\nc'], 80, plain)).toBe('a [2Jb c');
    expect(wrapped('a\u001b[2J\r\nb', 80, '')).toEqual(['a [2J b']);
  });

  it('breaks words that are longer than a line', () => {
    expect(wrapped(`to ${'x'.repeat(25)}`, 12, '  ')).toEqual([
      '  to',
      `  ${'x'.repeat(10)}`,
      `  ${'x'.repeat(10)}`,
      '  xxxxx',
    ]);
  });

  it('cuts the widest column first', () => {
    const columns = [
      { title: 'id', text: ({ id }: { id: string }) => id },
      { title: 'n', align: 'right' as const, text: () => '12' },
    ];
    expect(table(columns, [{ id: 'x'.repeat(30) }], 14, plain)).toEqual(['id           n', `${'x'.repeat(9)}…  12`]);
  });
});
