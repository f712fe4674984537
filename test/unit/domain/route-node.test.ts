import fc from 'fast-check';
import { parseDigest, parseModelName, type Digest } from '../../../domain/ids';
import { claim, emptyRow, fence, lapse, renew, servedDigests, write } from '../../../domain/route-node';
import type { RouteRow, RowAnswer, WriteCommand } from '../../../domain/route-node';
import { persisted, restored } from '../../../domain/route-persisted';
import type { Canary } from '../../../domain/route';
import { compareTokens, type Token } from '../../../domain/token';

const OLD = parseDigest(`sha256:${'a'.repeat(64)}`);
const NEW = parseDigest(`sha256:${'b'.repeat(64)}`);
const MODEL = parseModelName('fraud');
const L = 15_000;

const token = (epoch: number, seq: number, attempt = 1): Token => ({ epoch, seq, attempt });
const canary = (digest: Digest, weightPct = 5): Canary => ({ digest, weightPct, mode: 'split', leaseMs: L });
const rolloutOf = (epoch: number) => `rollout/fraud/${epoch}/eu-north`;

function step(row: RouteRow, at: Token, more: Partial<WriteCommand> = {}): WriteCommand {
  const traffic = { stable: row.route.stable, canary: canary(NEW) };
  return { token: at, rollout: rolloutOf(at.epoch), generation: row.route.generation, cause: 'step', traffic, ...more };
}
function rowOf(answer: RowAnswer): RouteRow {
  if (answer.kind !== 'ok') throw new Error(`refused: ${answer.kind}`);
  return answer.row;
}
/** OLD is live by epoch 1, epoch 2 has fenced at seq 1. */
function fenced(): RouteRow {
  const first = rowOf(fence(emptyRow(MODEL), { token: token(1, 1), rollout: rolloutOf(1) }, 0));
  const live = rowOf(write(first, step(first, token(1, 2), { cause: 'flip', traffic: { stable: OLD } }), 0));
  return rowOf(fence(live, { token: token(2, 1), rollout: rolloutOf(2) }, 0));
}
/** Epoch 2 has a canary of 5 % since `nowMs`, claimed by the watch of seq 3. */
function watched(nowMs = 0): RouteRow {
  const found = fenced();
  const set = rowOf(write(found, step(found, token(2, 2)), nowMs));
  return rowOf(claim(set, { token: token(2, 3), generation: set.route.generation }));
}

describe('one node of a route', () => {
  describe('refuses, in this order,', () => {
    const row = watched();
    const { generation } = row.route;
    it.each([
      ['a lower epoch, before its token and generation', token(1, 99, 99), 0, { kind: 'stale-epoch', seen: 2 }],
      ['a lower seq, before its generation', token(2, 2, 9), 0, { kind: 'superseded', fence: token(2, 3) }],
      ['a lower attempt', token(2, 3, 0), generation, { kind: 'superseded', fence: token(2, 3) }],
      ['another generation', token(2, 4), generation - 1, { kind: 'stale-route', route: row.route }],
    ])('%s', (_, at, decidedOn, refusal) => {
      expect(write(row, step(row, at, { generation: decidedOn }), 1)).toEqual(refusal);
      const onTheWay = { token: at, generation: decidedOn };
      expect(claim(row, onTheWay)).toEqual(refusal);
      if (refusal.kind !== 'stale-route') expect(renew(row, { ...onTheWay, lookedAtMs: 1 }, 1)).toEqual(refusal);
      if (refusal.kind !== 'stale-route') expect(fence(row, { token: at, rollout: 'other' }, 1)).toEqual(refusal);
    });
  });

  it('moves on by one generation with every write and says who wrote and why', () => {
    const found = fenced();
    const { route } = rowOf(write(found, step(found, token(2, 2)), 0));
    expect(route).toEqual({
      ...{ model: MODEL, generation: found.route.generation + 1, epoch: 2, rollout: rolloutOf(2), watch: null },
      ...{ cause: 'step', stable: OLD, canary: canary(NEW) },
    });
  });

  it('answers a write repeated after a lost reply with what it made', () => {
    const found = fenced();
    const once = rowOf(write(found, step(found, token(2, 2)), 0));
    const again = rowOf(write(once, step(found, token(2, 2, 2)), 500));
    expect(again.route).toEqual(once.route);
    expect(again.leaseUntilMs).toBe(L); // the repetition does not lengthen the lease
    expect(write(again, step(found, token(2, 2, 1)), 600)).toMatchObject({ kind: 'superseded' });
  });

  it('does not take the repetition of an older write for the last one', () => {
    const found = fenced();
    const first = rowOf(write(found, step(found, token(2, 2)), 0));
    const second = rowOf(write(first, step(first, token(2, 3)), 0));
    expect(write(second, step(found, token(2, 2, 2)), 0)).toMatchObject({ kind: 'superseded' });
    expect(write(second, step(found, token(2, 4)), 0)).toMatchObject({ kind: 'stale-route', route: second.route });
  });

  it('drops a canary of a lower token when it is fenced, and answers what it found in the same step', () => {
    const next = rowOf(fence(watched(), { token: token(3, 1), rollout: rolloutOf(3) }, 10));
    expect(next.route).toMatchObject({ stable: OLD, epoch: 3, rollout: rolloutOf(3), cause: 'fence', watch: null });
    expect(next.route.canary).toBeUndefined();
    expect(next.route.generation).toBe(watched().route.generation + 1);
    const again = rowOf(fence(next, { token: token(3, 1, 2), rollout: rolloutOf(3) }, 20));
    expect(again.route).toEqual(next.route);
  });

  it('lets a canary go when nobody renews its lease, one generation on', () => {
    const row = watched();
    expect(lapse(row, L - 1)).toBe(row);
    const gone = lapse(row, L);
    expect(gone.route).toMatchObject({ cause: 'lease', generation: row.route.generation + 1, stable: OLD });
    expect(servedDigests(gone)).toEqual([OLD]);
    const late = { token: token(2, 3), generation: row.route.generation, lookedAtMs: L - 1 };
    expect(renew(gone, late, L)).toMatchObject({ kind: 'stale-route', route: { cause: 'lease' } });
  });

  it('runs the lease from the look, never shortens it, and ignores looks from the future', () => {
    const row = watched();
    const at = (lookedAtMs: number, nowMs: number) =>
      rowOf(renew(row, { token: token(2, 3), generation: row.route.generation, lookedAtMs }, nowMs));
    expect(at(4_000, 9_000).leaseUntilMs).toBe(4_000 + L);
    expect(at(0, 9_000).leaseUntilMs).toBe(L);
    expect(at(900_000, 9_000).leaseUntilMs).toBe(L);
    expect(at(4_000, 9_000).route).toEqual(row.route);
  });

  it('hands a canary over: the successor renews, its predecessor does not', () => {
    const row = watched();
    const { generation } = row.route;
    const taken = rowOf(claim(row, { token: token(2, 3, 2), generation }));
    const look = { generation, lookedAtMs: 1_000 };
    expect(renew(taken, { token: token(2, 3, 1), ...look }, 1_000)).toMatchObject({ kind: 'superseded' });
    expect(rowOf(renew(taken, { token: token(2, 3, 2), ...look }, 1_000)).leaseUntilMs).toBe(1_000 + L);
    const restore = step(taken, token(2, 3, 1), { cause: 'restore', traffic: { stable: OLD } });
    expect(write(taken, restore, 1_000)).toMatchObject({ kind: 'superseded' });
  });

  it('never revives a canary by a claim, nor lets one epoch claim the route of another', () => {
    const gone = lapse(watched(), L);
    const { generation } = gone.route;
    const claimed = rowOf(claim(gone, { token: token(2, 4), generation }));
    expect(claimed.route.canary).toBeUndefined();
    expect(claimed.leaseUntilMs).toBeNull();
    expect(claim(gone, { token: token(3, 1), generation })).toMatchObject({ kind: 'stale-route' });
  });

  it('shuts a straggler out by restoring, also when the traffic was already right', () => {
    const found = fenced();
    const restore = step(found, token(2, 5), { cause: 'restore', traffic: { stable: OLD } });
    const safe = rowOf(write(found, restore, 0));
    expect(safe.route.generation).toBe(found.route.generation + 1);
    expect(write(safe, step(found, token(2, 2)), 1)).toMatchObject({ kind: 'superseded' });
  });

  it('serves nothing again after the undo of a first version, and keeps its record', () => {
    const none = rowOf(fence(emptyRow(MODEL), { token: token(1, 1), rollout: rolloutOf(1) }, 0));
    const live = rowOf(write(none, step(none, token(1, 2), { cause: 'flip', traffic: { stable: NEW } }), 0));
    const undo = step(live, token(1, 3), { cause: 'restore', traffic: { stable: null } });
    const safe = rowOf(write(live, undo, 0));
    expect(safe.route).toMatchObject({ stable: null, generation: 3, epoch: 1 });
    expect(servedDigests(safe)).toEqual([]);
  });

  it('brings back after a restart what remains of the lease, and none when the wall clock moved further', () => {
    const saved = persisted(watched(1_000), { nowMs: 5_000, wallMs: 70_000 });
    expect(saved.leaseLeftMs).toBe(L - 4_000);
    const after = (wallMs: number) => restored(saved, { nowMs: 20, wallMs });
    expect(after(73_000).leaseUntilMs).toBe(20 + L - 4_000 - 3_000);
    expect(after(69_000).leaseUntilMs).toBe(20 + L - 4_000);
    for (const wallMs of [70_000 + L, 70_000 - L, Number.NaN]) {
      expect(lapse(after(wallMs), 20).route).toMatchObject({ cause: 'lease', stable: OLD });
    }
    expect(restored({ ...saved, leaseLeftMs: 9 * L }, { nowMs: 0, wallMs: 70_000 }).leaseUntilMs).toBe(L);
  });
});

describe('one node of a route, whatever arrives', () => {
  const anyToken = fc.record({ epoch: fc.nat(3), seq: fc.nat(5), attempt: fc.nat(3) });
  const anyCommand = fc.record({
    verb: fc.constantFrom('fence', 'write', 'claim', 'renew', 'restart'),
    at: anyToken,
    behind: fc.constantFrom(0, 0, 0, 1, 2), // how old the generation is that it was decided on
    weighted: fc.boolean(),
    passMs: fc.nat(L / 2),
  });
  type Command = typeof anyCommand extends fc.Arbitrary<infer Of> ? Of : never;

  function answered(row: RouteRow, { verb, at, behind, weighted }: Command, nowMs: number): RowAnswer {
    const generation = Math.max(0, row.route.generation - behind);
    const traffic = weighted ? { stable: OLD, canary: canary(NEW) } : { stable: OLD };
    if (verb === 'fence') return fence(row, { token: at, rollout: rolloutOf(at.epoch) }, nowMs);
    if (verb === 'write') return write(row, step(row, at, { generation, traffic }), nowMs);
    if (verb === 'claim') return claim(row, { token: at, generation });
    if (verb === 'renew') return renew(row, { token: at, generation, lookedAtMs: nowMs }, nowMs);
    const wallMs = nowMs; // a restart that takes no time
    return { kind: 'ok', row: restored(persisted(row, { nowMs, wallMs }), { nowMs, wallMs }) };
  }

  it('never lowers generation or fence, never lets a lower token change anything, bounds every canary', () => {
    const run = (commands: readonly Command[]) => {
      let [row, nowMs] = [emptyRow(MODEL), 0];
      for (const command of commands) {
        nowMs += command.passMs;
        const before = lapse(row, nowMs);
        expect(before.route.generation - row.route.generation).toBe(before === row ? 0 : 1);
        const answer = answered(before, command, nowMs);
        const straggler = command.verb !== 'restart' && compareTokens(command.at, before.fence) < 0;
        if (straggler) expect(answer.kind).toBe(command.at.epoch < before.fence.epoch ? 'stale-epoch' : 'superseded');
        const after = answer.kind === 'ok' ? answer.row : before;
        expect(after.route.generation).toBeGreaterThanOrEqual(before.route.generation);
        expect(compareTokens(after.fence, before.fence)).toBeGreaterThanOrEqual(0);
        const changed = JSON.stringify(after.route) !== JSON.stringify({ ...before.route, watch: after.route.watch });
        expect(after.route.generation - before.route.generation).toBe(changed ? 1 : 0);
        expect(after.leaseUntilMs === null).toBe(after.route.canary === undefined);
        if (after.leaseUntilMs !== null) expect(after.leaseUntilMs - nowMs).toBeLessThanOrEqual(L);
        row = after;
      }
    };
    fc.assert(fc.property(fc.array(anyCommand, { maxLength: 30 }), run), { numRuns: 2_000 });
  });

  it('ignores a straggler that lands any time later', () => {
    fc.assert(
      fc.property(fc.array(anyCommand, { minLength: 1, maxLength: 20 }), anyCommand, (commands, late) => {
        let row = emptyRow(MODEL);
        for (const command of commands) {
          const answer = answered(row, command, 0);
          if (answer.kind === 'ok') row = answer.row;
        }
        fc.pre(late.verb !== 'restart' && compareTokens(late.at, row.fence) < 0);
        expect(answered(row, late, 0).kind).not.toBe('ok');
      }),
      { numRuns: 1_000 },
    );
  });
});
