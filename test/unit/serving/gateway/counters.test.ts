import { errorsOf } from '../../../../domain/counters';
import { countersSchema } from '../../../../domain/files/counters';
import { emptyRow } from '../../../../domain/route-node';
import type { Route, RouteCause } from '../../../../domain/route';
import { CounterBook } from '../../../../serving/gateway/counters';
import { canaryOf, MODEL, NEW, OLD } from '../../../support/gateway';

const STABLE = { digest: OLD, arm: 'stable' } as const;
const CANARY = { digest: NEW, arm: 'canary' } as const;

function routeAt(generation: number, cause: RouteCause = 'restore'): Route {
  return { ...emptyRow(MODEL).route, generation, cause, stable: OLD, canary: canaryOf(5) };
}
const measured = (counts: { latency: readonly number[] } | undefined) =>
  counts?.latency.reduce((all, count) => all + count, 0);

describe('the counters', () => {
  it('count a request when it ends, by version, arm and generation', () => {
    const book = new CounterBook(() => 7, 0);
    const open = book.begin(routeAt(3), CANARY, 1);
    book.begin(routeAt(3), CANARY, 2).end('status-5xx');
    book.begin(routeAt(3), STABLE, 2).end('answered');
    book.begin(routeAt(4), STABLE, 2).end('answered');
    const { segments, ...head } = book.read(MODEL);
    expect(head).toEqual({ model: MODEL, bootId: book.bootId, seq: 1, asOfMs: 7 });
    expect(segments.map(({ generation }) => generation)).toEqual([4, 3, 3]);
    const canary = segments.find(({ arm }) => arm === 'canary');
    expect(canary).toMatchObject({
      requests: 1,
      inFlight: 1,
      distinctClients: 2,
      weightPct: 5,
      errors: { 'status-5xx': 1 },
    });
    expect(segments.find(({ arm }) => arm === 'stable')).toMatchObject({ weightPct: 95 });
    open.end('timeout');
    open.end('answered'); // once is all
    const after = book.read(MODEL).segments.find(({ arm }) => arm === 'canary');
    expect(after).toMatchObject({ requests: 2, inFlight: 0, errors: { 'status-5xx': 1, timeout: 1 } });
    expect(countersSchema.parse(book.read(MODEL))).toMatchObject({ seq: 3 });
  });

  it('hold nothing against a version when the caller leaves', () => {
    const book = new CounterBook(() => 0, 0);
    book.begin(routeAt(1), STABLE, 1).end('left');
    expect(book.read(MODEL).segments).toMatchObject([{ requests: 0, inFlight: 0, errors: {} }]);
  });

  it.each(['step', 'flip'] as const)(
    'leave the first two seconds after a %s out of the latencies, not the errors',
    (cause) => {
      let nowMs = 100;
      const book = new CounterBook(() => nowMs, 2_000);
      const late = book.begin(routeAt(1, cause), CANARY, 1);
      nowMs += 1_999;
      book.begin(routeAt(1, cause), CANARY, 1).end('status-5xx');
      nowMs += 1;
      late.end('answered'); // it met a cold version, however long it took
      book.begin(routeAt(1, cause), CANARY, 1).end('answered');
      const [segment] = book.read(MODEL).segments;
      expect(segment).toMatchObject({ requests: 3, errors: { 'status-5xx': 1 } });
      expect(measured(segment)).toBe(1);
    },
  );

  it('measure at once where nothing was loaded or moved', () => {
    const book = new CounterBook(() => 0, 2_000);
    book.begin(routeAt(1, 'restore'), STABLE, 1).end('answered');
    expect(measured(book.read(MODEL).segments[0])).toBe(1);
  });

  it('keep the newest 64 segments, and everything in the totals', () => {
    const book = new CounterBook(() => 0, 0);
    for (let generation = 1; generation <= 100; generation++) {
      book.begin(routeAt(generation), STABLE, generation).end(generation % 2 ? 'reset' : 'answered');
    }
    const { segments } = book.read(MODEL);
    expect(segments).toHaveLength(64);
    expect(segments[0]?.generation).toBe(100);
    expect(segments.at(-1)?.generation).toBe(37);
    expect(book.totals(MODEL)).toMatchObject([{ ...STABLE, requests: 100, errors: { reset: 50 } }]);
  });

  it('go on from what was kept, under a new boot id', () => {
    const book = new CounterBook(() => 0, 0);
    for (let client = 0; client < 100; client++) book.begin(routeAt(2), CANARY, client).end('answered');
    book.begin(routeAt(2), CANARY, 0).end('connect');
    book.begin(routeAt(2), CANARY, 0); // in flight when the process dies
    const next = new CounterBook(() => 0, 2_000, JSON.parse(JSON.stringify(book.saved())));
    next.begin(routeAt(2, 'step'), CANARY, 5).end('answered');
    expect(next.bootId).not.toBe(book.bootId);
    const [segment] = next.read(MODEL).segments;
    expect(segment).toMatchObject({ requests: 102, inFlight: 0, distinctClients: 64, weightPct: 5, generation: 2 });
    expect(segment && errorsOf(segment)).toBe(1);
    expect(measured(segment)).toBe(102); // warm since long
    expect(next.totals(MODEL)).toMatchObject([{ requests: 102 }]);
  });

  it('refuse a file that is not theirs', () => {
    expect(() => new CounterBook(() => 0, 0, [{ model: 'fraud' }])).toThrow();
  });
});
