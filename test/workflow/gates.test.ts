import { approveUpdate, rejectUpdate, type Signed } from '../../workflows/contract';
import type { Person, Said } from '../simulation/world/people';
import { memoryFleet } from '../support/fleet';
import { startTemporal, type Temporal } from '../support/temporal';
import { onStage, type Stage } from '../support/temporal-stage';

let temporal: Temporal;
beforeAll(async () => (temporal = await startTemporal()));
afterAll(() => temporal?.stop());

const GATE = 'change-board';

/** One region whose flip takes a number of yeses; the play begins when it waits for them. */
async function atGate(
  change: { readonly quorum?: number; readonly before?: 'canary' | 'flip'; readonly approvalExpiryMs?: number },
  play: (stage: Stage, vote: (actor: Person, said?: Partial<Said>, signer?: Person) => Signed) => Promise<void>,
): Promise<void> {
  const { quorum = 1, before = 'flip', approvalExpiryMs = 60_000 } = change;
  const gates = [{ id: GATE, before, scope: { kind: 'wave', wave: 1 } as const, quorum }];
  const fleet = await memoryFleet({ regions: ['eu-north'], policy: { gates, approvalExpiryMs } });
  await onStage(temporal, fleet, async (stage) => {
    const digest = await stage.promote();
    const { planHash } = await stage.shows(({ waitsFor }) => waitsFor.startsWith('gate'));
    await play(stage, (actor, said, signer) =>
      stage.statement(actor, { verb: 'approve', gate: GATE, planHash, digest, ...said }, signer),
    );
  });
}

const approve = (stage: Stage, vote: Signed) => stage.promotion().executeUpdate(approveUpdate, { args: [vote] });

describe('a gate, on a real server', () => {
  it('waits, guarded, until different people said yes, then goes on', async () => {
    await atGate({ quorum: 2 }, async (stage, vote) => {
      expect((await stage.status()).waitsFor).toBe(`gate ${GATE}: 0 of 2 approvals`);
      await stage.shows(() => stage.fleet.notifier.notices.some(({ kind }) => kind === 'gate-waiting'));
      await expect(approve(stage, vote('ben'))).resolves.toBe(`1 of 2 approvals for ${GATE}`);
      const twice = { cause: { message: 'ben has said yes already; a quorum needs different people' } };
      await expect(approve(stage, vote('ben'))).rejects.toMatchObject(twice);
      await expect(approve(stage, vote('cay'))).resolves.toBe(`2 of 2 approvals for ${GATE}: open`);
      await expect(stage.ends()).resolves.toMatchObject({ outcome: 'live', gates: [{ approvedBy: ['ben', 'cay'] }] });
    });
  });

  it('sends no traffic while it waits before the canary', async () => {
    await atGate({ before: 'canary' }, async (stage, vote) => {
      expect(stage.callsOf('eu-north').at(-1)).toBe('validate');
      await approve(stage, vote('ben'));
      await expect(stage.ends()).resolves.toMatchObject({ outcome: 'live' });
    });
  });

  it('leaves no trace of statements that are forged, expired, replayed or meant for something else', async () => {
    await atGate({ quorum: 3 }, async (stage, vote) => {
      const used = vote('ben');
      await stage.shows(() => stage.fleet.notifier.notices.some(({ kind }) => kind === 'gate-waiting'));
      await approve(stage, used);
      const events = async () => (await stage.promotion().fetchHistory()).events?.length;
      const before = await events();
      const refusals: readonly [Signed, RegExp][] = [
        [vote('ben', {}, 'mallory'), /not signed by a key of ben/],
        [vote('mallory'), /mallory is not in the roster/],
        [vote('cay', { exp: 1_700_000_000 }), /expired/],
        [vote('cay', { planHash: `sha256:${'0'.repeat(64)}` }), /says planHash/],
        [vote('cay', { digest: `sha256:${'0'.repeat(64)}` }), /says digest/],
        [vote('cay', { promotion: 'promotion/fraud/99' }), /says promotion/],
        [vote('cay', { gate: 'another' }), /no gate another/],
        [used, /used before/],
        [{ statement: 'nonsense' }, /not a compact JWS/],
      ];
      for (const [statement, why] of refusals) {
        const message = expect.stringMatching(why) as string;
        await expect(approve(stage, statement)).rejects.toMatchObject({ cause: { message } });
      }
      await expect(events()).resolves.toBe(before);
      expect((await stage.status()).gates).toMatchObject([{ approvedBy: ['ben'], open: false }]);
    });
  });

  it('takes everything back when a person says no', async () => {
    await atGate({}, async (stage, vote) => {
      const no = vote('ben', { verb: 'reject', reason: 'not on a Friday' });
      await stage.promotion().executeUpdate(rejectUpdate, { args: [no] });
      const reason = { kind: 'rejected', text: `ben rejected ${GATE}: not on a Friday` };
      await expect(stage.ends()).resolves.toMatchObject({ outcome: 'rolled-back', reason });
      await expect(stage.fleet.region('eu-north').serves()).resolves.toMatchObject({ canary: null });
    });
  });

  it('counts as refused when nobody answers in time', async () => {
    await atGate({ approvalExpiryMs: 400 }, async (stage) => {
      const reason = { kind: 'rejected', text: `gate ${GATE}: nobody answered in time` };
      await expect(stage.ends()).resolves.toMatchObject({ outcome: 'rolled-back', reason });
    });
  });
});
