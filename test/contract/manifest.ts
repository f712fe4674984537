import type { Digest, ModelName, RegionId } from '../../domain/ids';
import type { Manifest, ManifestEvent, ManifestRow, PromotionRecord } from '../../ports/manifest';

const EU = 'eu-north' as RegionId;
const US = 'us-east' as RegionId;
const V1 = `sha256:${'1'.repeat(64)}` as Digest;
const V2 = `sha256:${'2'.repeat(64)}` as Digest;

let models = 0;
/** A model of its own for each test: servers keep the rows of all of them. */
const freshModel = () => `m${process.pid}-${Date.now().toString(36)}-${++models}` as ModelName;
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString();

function rowOf(model: ModelName, more: Partial<ManifestRow> = {}): ManifestRow {
  return {
    ...{
      model,
      region: EU,
      epoch: 1,
      seq: 5,
      target: V2,
      live: V1,
      previous: [V2, V1],
      phase: 'canary',
      outcome: null,
    },
    ...{ promotion: `promotion/${model}/1`, since: at(0), ...more },
  };
}
function promotionOf(model: ModelName, more: Partial<PromotionRecord> = {}): PromotionRecord {
  return {
    ...{ id: `promotion/${model}/1`, model, epoch: 1, digest: V2, version: 'v2', planHash: V1, starter: 'registry' },
    ...{ startedAt: at(0), endedAt: null, outcome: null, reason: null, timeToSafeMs: null, ...more },
  };
}
function eventOf(model: ModelName, more: Partial<ManifestEvent> = {}): Omit<ManifestEvent, 'id'> {
  return {
    ...{
      at: at(0),
      model,
      promotion: null,
      region: EU,
      kind: 'phase',
      text: 'eu-north enters canary',
      detail: { weightPct: 5 },
    },
    ...more,
  };
}

/** The laws of the manifest port. `make` gives another client of the same manifest with each call. */
export function manifestLaws(make: () => Manifest): void {
  let manifest: Manifest;
  let rival: Manifest;
  beforeAll(() => {
    manifest = make();
    rival = make();
  });
  afterAll(() => Promise.all([manifest.close(), rival.close()]));

  rowLaws(() => ({ manifest, rival }));
  promotionLaws(() => ({ manifest, rival }));
  eventLaws(() => ({ manifest, rival }));
}

type Both = () => { readonly manifest: Manifest; readonly rival: Manifest };

function rowLaws(both: Both): void {
  it('answers null when it fences a model that is new in a region, and again when the call is repeated', async () => {
    const [{ manifest, rival }, model] = [both(), freshModel()];
    await expect(manifest.fence(model, EU, { epoch: 1, seq: 1 })).resolves.toBeNull();
    await expect(rival.fence(model, EU, { epoch: 1, seq: 1 })).resolves.toBeNull();
    await expect(manifest.rows(model)).resolves.toEqual([]);
  });

  it('returns the row as found when it fences, and keeps it', async () => {
    const [{ manifest, rival }, model] = [both(), freshModel()];
    await manifest.record(rowOf(model));
    await expect(rival.fence(model, EU, { epoch: 2, seq: 1 })).resolves.toEqual(rowOf(model));
    await expect(rival.fence(model, EU, { epoch: 2, seq: 1 })).resolves.toEqual(rowOf(model));
    await expect(manifest.rows(model)).resolves.toEqual([rowOf(model)]);
  });

  it('refuses a fence of a lower epoch with the epoch that it has seen', async () => {
    const [{ manifest, rival }, model] = [both(), freshModel()];
    await manifest.fence(model, EU, { epoch: 7, seq: 1 });
    const refused = { type: 'StaleEpoch', details: { seen: 7 } };
    await expect(rival.fence(model, EU, { epoch: 6, seq: 99 })).rejects.toMatchObject(refused);
  });

  it('refuses a fence of a lower step of the same epoch', async () => {
    const [{ manifest, rival }, model] = [both(), freshModel()];
    await manifest.fence(model, EU, { epoch: 7, seq: 4 });
    await expect(rival.fence(model, EU, { epoch: 7, seq: 3 })).rejects.toMatchObject({ type: 'Superseded' });
  });

  it.each([
    ['a lower epoch', { epoch: 2, seq: 99 }, false],
    ['a lower step', { epoch: 3, seq: 4 }, false],
    ['the same step again', { epoch: 3, seq: 5 }, true],
    ['a higher step', { epoch: 3, seq: 6 }, true],
    ['a higher epoch with a lower step', { epoch: 4, seq: 0 }, true],
  ])('takes a record of %s: %j -> %s', async (_what, token, taken) => {
    const [{ manifest, rival }, model] = [both(), freshModel()];
    const found = rowOf(model, { epoch: 3, seq: 5 });
    await manifest.record(found);
    const next = rowOf(model, { ...token, live: V2, phase: 'live', outcome: 'live' });
    await expect(rival.record(next)).resolves.toBe(taken);
    await expect(manifest.rows(model)).resolves.toEqual([taken ? next : found]);
  });

  it('says since when a version is live, whatever else is recorded of the region', async () => {
    const [{ manifest }, model] = [both(), freshModel()];
    const since = async () => (await manifest.rows(model))[0]?.since;
    await manifest.record(rowOf(model, { seq: 1, target: null, since: at(1) }));
    await manifest.fence(model, EU, { epoch: 2, seq: 1 });
    await manifest.record(rowOf(model, { epoch: 2, seq: 2, target: V2, since: at(2) }));
    await expect(since()).resolves.toBe(at(1));
    await manifest.record(rowOf(model, { epoch: 2, seq: 3, live: V2, since: at(3) }));
    await expect(since()).resolves.toBe(at(3));
  });

  it('refuses the record of a straggler after a fence that recorded nothing', async () => {
    const [{ manifest, rival }, model] = [both(), freshModel()];
    await manifest.fence(model, EU, { epoch: 2, seq: 1 });
    await expect(rival.record(rowOf(model, { epoch: 1, seq: 9 }))).resolves.toBe(false);
    await expect(manifest.rows(model)).resolves.toEqual([]);
  });

  it('keeps the highest of records that race', async () => {
    const [{ manifest, rival }, model] = [both(), freshModel()];
    const racing = Array.from({ length: 12 }, (_, seq) => (seq % 2 ? manifest : rival).record(rowOf(model, { seq })));
    await Promise.all(racing.reverse());
    await expect(manifest.rows(model)).resolves.toMatchObject([{ seq: 11 }]);
  });

  it('lists the regions of one model by name, and a model without rows as none', async () => {
    const [{ manifest }, model] = [both(), freshModel()];
    await manifest.record(rowOf(model, { region: US, live: null, target: null, promotion: null, previous: [] }));
    await manifest.record(rowOf(model));
    expect((await manifest.rows(model)).map(({ region }) => region)).toEqual([EU, US]);
    await expect(manifest.rows(freshModel())).resolves.toEqual([]);
    expect((await manifest.rows()).length).toBeGreaterThanOrEqual(2);
  });

  it('knows the highest epoch of a model from its rows, its fences and its promotions', async () => {
    const [{ manifest, rival }, model] = [both(), freshModel()];
    await expect(manifest.highestEpoch(model)).resolves.toBe(0);
    await manifest.record(rowOf(model, { epoch: 3 }));
    await expect(rival.highestEpoch(model)).resolves.toBe(3);
    await manifest.fence(model, EU, { epoch: 5, seq: 0 });
    await expect(rival.highestEpoch(model)).resolves.toBe(5);
    await manifest.recordPromotion(promotionOf(model, { id: `promotion/${model}/8`, epoch: 8 }));
    await expect(rival.highestEpoch(model)).resolves.toBe(8);
  });
}

function promotionLaws(both: Both): void {
  it('never takes the outcome of a promotion back', async () => {
    const [{ manifest, rival }, model] = [both(), freshModel()];
    const reason = { kind: 'breach', text: 'ap-south: 9 errors \0 in 120 requests' } as const;
    await manifest.recordPromotion(promotionOf(model));
    const ended = promotionOf(model, { endedAt: at(9), outcome: 'rolled-back', reason, timeToSafeMs: 812.5 });
    await manifest.recordPromotion(ended);
    await rival.recordPromotion(promotionOf(model));
    await rival.recordPromotion(promotionOf(model, { endedAt: at(20), outcome: 'live' }));
    const kept = { ...ended, reason: { ...reason, text: 'ap-south: 9 errors \ufffd in 120 requests' } };
    await expect(manifest.promotions({ model, limit: 9 })).resolves.toEqual([kept]);
  });

  it('lists promotions newest first, as many as asked for', async () => {
    const [{ manifest }, model] = [both(), freshModel()];
    for (const epoch of [1, 3, 2]) {
      await manifest.recordPromotion(
        promotionOf(model, { id: `promotion/${model}/${epoch}`, epoch, startedAt: at(epoch) }),
      );
    }
    expect((await manifest.promotions({ model, limit: 2 })).map(({ epoch }) => epoch)).toEqual([3, 2]);
    await expect(manifest.promotions({ limit: 1 })).resolves.toHaveLength(1);
  });

  it('counts promotions by how they ended', async () => {
    const [{ manifest }, model] = [both(), freshModel()];
    const ends = [null, 'live', 'rolled-back', 'rolled-back'] as const;
    for (const [index, outcome] of ends.entries()) {
      const timeToSafeMs = outcome === 'rolled-back' ? 100 * index : null;
      await manifest.recordPromotion(promotionOf(model, { id: `${model}/${index}`, outcome, timeToSafeMs }));
    }
    expect((await manifest.tally()).filter((tally) => tally.model === model)).toEqual([
      { model, outcome: null, count: 1, timeToSafeCount: 0, timeToSafeMsSum: 0 },
      { model, outcome: 'live', count: 1, timeToSafeCount: 0, timeToSafeMsSum: 0 },
      { model, outcome: 'rolled-back', count: 2, timeToSafeCount: 2, timeToSafeMsSum: 500 },
    ]);
  });

  it('keeps the newest account of a digest, whichever arrives last', async () => {
    const [{ manifest, rival }, model] = [both(), freshModel()];
    await manifest.recordDigest({ model, digest: V2, state: 'in-flight', text: 'being promoted', at: at(1) });
    await rival.recordDigest({ model, digest: V2, state: 'denied', text: 'breach in ap-south', at: at(2) });
    await manifest.recordDigest({ model, digest: V2, state: 'offered', text: 'offered', at: at(0) });
    await expect(manifest.digests({ model })).resolves.toMatchObject([{ state: 'denied', at: at(2) }]);
  });

  it.each([V2, 'sha256:222', '2222', ''])('finds a digest by %j', async (digest) => {
    const [{ manifest }, model] = [both(), freshModel()];
    await manifest.recordDigest({ model, digest: V2, state: 'live', text: 'live', at: at(1) });
    await expect(manifest.digests({ model, digest })).resolves.toHaveLength(1);
    await expect(manifest.digests({ model, digest: '%' })).resolves.toEqual([]);
    await expect(manifest.digests({ model, digest: 'sha256:1' })).resolves.toEqual([]);
  });
}

function eventLaws(both: Both): void {
  it('appends each key once and hands events out in order of their ids', async () => {
    const [{ manifest, rival }, model] = [both(), freshModel()];
    const before = await manifest.lastEventId();
    for (const text of ['first', 'second']) {
      await manifest.append(`${model}/${text}`, eventOf(model, { text }));
      await rival.append(`${model}/${text}`, eventOf(model, { text: 'a repetition' }));
    }
    const events = await rival.events({ afterId: before, model, limit: 10 });
    expect(events.map(({ text }) => text)).toEqual(['first', 'second']);
    expect(events[0]).toEqual({ ...eventOf(model, { text: 'first' }), id: events[0]?.id });
    await expect(manifest.events({ afterId: events[0]?.id ?? 0, model, limit: 1 })).resolves.toEqual([events[1]]);
    await expect(manifest.lastEventId()).resolves.toBe(events[1]?.id);
  });

  it('shows whoever tails it every event of many writers, in order', async () => {
    const [{ manifest, rival }, model] = [both(), freshModel()];
    const wanted = 60;
    const writing = Promise.all(
      Array.from({ length: wanted }, (_, n) => (n % 2 ? manifest : rival).append(`${model}/${n}`, eventOf(model))),
    );
    const seen: number[] = [];
    let isWritten = false;
    void writing.finally(() => (isWritten = true)).catch(() => undefined);
    for (let isLast = false; !isLast && seen.length < wanted;) {
      isLast = isWritten;
      const events = await manifest.events({ afterId: seen.at(-1) ?? 0, model, limit: 7 });
      seen.push(...events.map(({ id }) => id));
      isLast &&= events.length === 0;
    }
    await writing;
    expect(seen).toHaveLength(wanted);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it('keeps writers apart whose statements are too long for one packet', async () => {
    const [{ manifest, rival }, model] = [both(), freshModel()];
    const textOf = (n: number) => `${n} `.repeat(60_000);
    const writing = Array.from({ length: 24 }, (_, n) =>
      (n % 2 ? manifest : rival).append(`${model}/${n}`, eventOf(model, { text: textOf(n), detail: { n } })),
    );
    await Promise.all(writing);
    const events = await manifest.events({ afterId: 0, model, limit: 100 });
    expect(events.filter(({ text, detail }) => text === textOf(Number(detail.n)))).toHaveLength(24);
  });

  it('keeps what other systems say in a form that can be stored, and no detail above 4 KB', async () => {
    const [{ manifest }, model] = [both(), freshModel()];
    await manifest.append(
      `${model}/1`,
      eventOf(model, { text: 'a\0b\ud800', detail: { said: 'x\0', list: [1, null] } }),
    );
    await manifest.append(`${model}/2`, eventOf(model, { detail: { long: 'y'.repeat(5_000) } }));
    const [odd, heavy] = await manifest.events({ afterId: 0, model, limit: 2 });
    expect(odd).toMatchObject({ text: 'a\ufffdb\ufffd', detail: { said: 'x\ufffd', list: [1, null] } });
    expect(heavy?.detail).toEqual({ omittedBytes: 5_011 });
  });
}
