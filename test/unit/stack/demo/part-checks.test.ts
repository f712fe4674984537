import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { PromotionView } from '../../../../stack/demo/client';
import { greeting } from '../../../../stack/demo/greeting';
import { hints, type Standing } from '../../../../stack/demo/hints';
import { modelIsReal, partsAreUp, wereAsked, type Check } from '../../../../stack/demo/part-checks';
import { hintsOf } from '../../../../stack/demo/standing';
import { totalOf } from '../../../../stack/demo/traffic-monitor';
import { EmbeddedStack } from '../../../../stack/embedded';
import { layOut, type Choices, type StackLayout } from '../../../../stack/layout';
import { placesOf, processNames, silentOf } from '../../../../stack/places';
import type { TrafficCounts } from '../../../../stack/region-traffic';

const PARTS: readonly Choices[] = [
  { store: 's3', registry: 'distribution' },
  { store: 'filesystem', registry: 'layout' },
];
const SERVER = { path: 'p', version: 'v1.2.3', source: 'cache', why: 'kept from an earlier set-up '.repeat(5) };
const problems = (told: readonly Check[]) => told.filter(([holds]) => !holds).map(([, problem]) => problem);

let dir: string;
beforeEach(() => (dir = mkdtempSync(path.join(tmpdir(), 'meridian-parts-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const states = (layout: StackLayout) =>
  processNames(layout).map((name, index) => ({ name, pid: 100 + index, isRunning: true }));

describe.each(PARTS)('step 1 of the demo on $store and $registry', (choices) => {
  it('tells where every part is and why, in 80 columns', async () => {
    const laid = await layOut(dir, choices, 2);
    const short = (text: string) => text.replaceAll(dir, '/s'); // whatever the system calls its folder for what is short-lived
    const layout = JSON.parse(short(JSON.stringify(laid))) as StackLayout;
    const servers = { temporal: SERVER, versitygw: SERVER, registry: SERVER };
    const lines = greeting({ layout, servers, asked: {}, readyMs: 1_000 });
    const text = lines.join('\n');
    for (const { at } of placesOf(layout)) expect(text).toContain(at.replace('/s/', './'));
    for (const part of ['store', 'runtime', 'gateway', 'worker'])
      expect(text.split(` ${part} `).length).toBeGreaterThan(3);
    expect(text).toContain('Temporal dev server v1.2.3 [cache]: kept');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('holds where every part runs and answers, and of nothing less', async () => {
    const layout = await layOut(dir, choices);
    expect(problems(partsAreUp(layout, states(layout), []))).toEqual([]);
    for (const name of processNames(layout)) {
      const dead = states(layout).map((one) => ({ ...one, isRunning: one.name !== name }));
      expect(problems(partsAreUp(layout, dead, []))).toEqual([`there is no process ${name} that runs`]);
    }
    const shared = states(layout).map((one) => ({ ...one, pid: 1 }));
    expect(problems(partsAreUp(layout, shared, []))).toEqual(['parts share a process']);
    for (const place of placesOf(layout)) expect(problems(partsAreUp(layout, states(layout), [place]))).toHaveLength(1);
  });

  it('finds that nobody answers where nothing was started', async () => {
    const places = placesOf(await layOut(dir, choices));
    const asked = places.filter(({ kind }) => kind === 'http' || kind === 'tcp');
    expect(await silentOf(places)).toEqual(asked);
  });
});

const counts = (change: Partial<TrafficCounts> = {}): TrafficCounts => ({
  ...{ region: 'eu-north', sinceMs: 1_000, forMs: 10_000, requested: 2_500, requests: 2_400, longestPauseMs: 30 },
  ...{ answersByVersion: {}, errors: 0, errorsByVersion: {}, unanswered: 0, beforeLive: 4, ...change },
});

describe('step 2 of the demo', () => {
  const rollout = { phases: [{ phase: 'live', atMs: 2_000 }] };
  const first = { status: null, live: {}, rollouts: { 'eu-north': rollout } } as unknown as PromotionView;

  it('holds of a region that was asked from its first live version to the end', () => {
    expect(problems(wereAsked(['eu-north'], [counts()], first))).toEqual([]);
  });

  it.each([
    ['got nothing', { sinceMs: null }, 'eu-north got no requests'],
    ['got nothing after the first', { requests: 0 }, 'eu-north got 0 requests'],
    ['was asked late', { sinceMs: 2_500 }, 'only after its first version was live'],
    ['was left alone', { longestPauseMs: 60_000 }, 'eu-north got no request for 60000 ms'],
    ['was counted for no time', { forMs: 0 }, 'the rate of eu-north is not known'],
  ])('does not hold of a region that %s', (_, change, words) => {
    expect(problems(wereAsked(['eu-north'], [counts(change)], first)).join('\n')).toContain(words);
  });

  it('counts each rate from the first live version of its region', () => {
    const late = counts({ region: 'us-east', sinceMs: 9_000, forMs: 2_000, requested: 500, requests: 500 });
    const none = counts({ region: 'ap-south', sinceMs: null, forMs: 0, requested: 0, requests: 0 });
    expect(totalOf([counts(), late, none])).toMatchObject({ requestedPerSecond: 500, achievedPerSecond: 490 });
  });
});

describe('step 3 of the demo', () => {
  const real = {
    version: 'v1',
    embeddingBytes: 2 ** 25,
    bytesAsFp32: 2 ** 25,
    onnxBytes: 2 ** 25 + 99,
    goldenCases: 64,
  };

  it('holds of a model with about 32 MB of embedding and a golden set', () => {
    expect(problems(modelIsReal(['v1'], [real]))).toEqual([]);
    expect(problems(modelIsReal(['v1'], [{ ...real, embeddingBytes: 2 ** 23 }]))).toEqual([]); // as int8
  });

  it.each([
    ['is small', { bytesAsFp32: 1_000 }, 'not about 32 MB'],
    ['has no golden set', { goldenCases: 0 }, 'v1 has no golden set'],
    ['has an empty graph', { onnxBytes: 200 }, 'does not hold its embedding'],
    ['is not there', { version: 'v2' }, 'there is no v1'],
  ])('does not hold of a model that %s', (_, change, words) => {
    expect(problems(modelIsReal(['v1'], [{ ...real, ...change }])).join('\n')).toContain(words);
  });
});

describe('hints', () => {
  const people = [
    { id: 'ada', roles: ['starter', 'operator'], keyFile: '/s/ada.key' },
    { id: 'grace', roles: ['approver'], keyFile: '/s/grace.key' },
  ] as const;
  const empty = { live: null, denied: null, gated: false, hasTraffic: false, modelsFolder: '/m' };
  const standing = (change: Partial<Standing>): Standing => ({
    api: 'http://a',
    registry: '/r',
    gateways: { eu: 'http://g' },
    people,
    ...empty,
    ...change,
  });
  const given = (change: Partial<Standing>) => hints(standing(change)).join('\n');

  it('begin with a push where no version is live', () => {
    expect(given({})).toMatch(/export MERIDIAN_REGISTRY=\/r\n[^]*push "\$models\/v1"[^]*promote fraud "\$digest"/);
    expect(given({})).toContain(`traffic.js --rate 50 --gateways '{"eu":"http://g"}'`);
    expect(given({})).not.toContain('rollback');
  });

  it('release what was denied before they promote it, and approve with the key of an approver', () => {
    const text = given({ live: 'sha256:aa', denied: `sha256:${'b'.repeat(64)}`, gated: true });
    expect(text).toMatch(
      /rollback fraud[^]*release fraud bbbbbbbbbbbb [^]*promote fraud bbbbbbbbbbbb --yes[^]*approve fraud/,
    );
    expect(text).toContain('approver=/s/grace.key');
  });

  it('begin to send requests where no applications of the stack do, also once a version is live', () => {
    for (const change of [{}, { live: 'sha256:aa' }, { modelsFolder: null }]) {
      expect(given(change)).toContain('traffic.js');
      expect(given({ ...change, hasTraffic: true })).not.toContain('traffic.js');
    }
  });

  it('are left out, with a word, where the api does not answer', async () => {
    const layout = await layOut(dir, PARTS[1] ?? { store: 'filesystem', registry: 'layout' });
    const stack = new EmbeddedStack(layout, { temporal: SERVER, versitygw: null, registry: null }, () => undefined);
    const lines = await hintsOf(stack, dir, 0);
    expect(lines.join('\n')).toMatch(/the api does not answer .*; the stack stays up until Ctrl-C/);
  });

  it('quote a folder with spaces', () => {
    expect(given({ modelsFolder: "/my models/it's" })).toContain(`models='/my models/it'\\''s'`);
  });
});
