import { CancellationScope, condition, setHandler } from '@temporalio/workflow';
import type { Verb, Verified } from '../domain/approval';
import type { RegionId } from '../domain/ids';
import type { Reason } from '../domain/phase';
import { nowMs } from './clock';
import * as contract from './contract';
import type { PromotionInput, Settlement, Signed } from './contract';
import type { PromotionBoard } from './promotion-board';
import { refused, remember, verified } from './statements';

/** What the updates may set in motion. */
export interface Controls {
  rollBack(reason: Reason): void;
  pause(): void;
  resume(): void;
  settle(region: RegionId, choice: Settlement): void;
  /** @returns false where the region serves the new version, and so is not skipped */
  skip(region: RegionId, reason: Reason): Promise<boolean>;
}

/** Registers the operator's updates. Each checks its statement in the validator and again in the handler, and answers in one sentence. */
export function handleUpdates(input: PromotionInput, board: PromotionBoard, controls: Controls): void {
  const { planHash, plan } = input.planned;
  const id = board.status().id;

  on(contract.approveUpdate, 'approve', refuseVote, approve);
  on(contract.rejectUpdate, 'reject', refuseVote, ({ actor, gate, reason }) => {
    controls.rollBack({ kind: 'rejected', text: `${actor} rejected ${gate}${reason ? `: ${reason}` : ''}` });
    return `${gate} rejected by ${actor}; every region goes back`;
  });
  on(contract.pauseUpdate, 'pause', refuseOnceEnded, ({ actor }) => {
    controls.pause();
    return `paused by ${actor}: nothing advances; bakes and verdicts go on`;
  });
  on(
    contract.resumeUpdate,
    'resume',
    () => (board.paused ? undefined : 'it is not paused'),
    ({ actor }) => {
      controls.resume();
      return `resumed by ${actor}`;
    },
  );
  on(contract.abortUpdate, 'abort', refuseAbort, abort);
  on(contract.extendBakeUpdate, 'extendBake', refuseToExtend, ({ region, actor }) => settle(region, 'extend', actor));
  on(contract.retryRegionUpdate, 'retryRegion', refuseToRetry, ({ region, actor }) => settle(region, 'retry', actor));
  on(contract.skipRegionUpdate, 'skipRegion', refuseSkip, skip);

  type Refusal = (statement: Verified) => string | undefined;

  function on(
    update: typeof contract.approveUpdate,
    verb: Verb,
    refuse: Refusal,
    handle: (statement: Verified) => string | Promise<string>,
  ): void {
    const check = ({ statement }: Signed): Verified => {
      const expected = { promotion: id, verb, usedJtis: board.usedJtis };
      const bound = verb === 'approve' || verb === 'reject' ? { planHash, digest: plan.freight.digest } : {};
      const read = verified(statement, input.roster, { ...expected, ...bound });
      const why = refuse(read);
      if (why !== undefined) throw refused(why);
      return read;
    };
    const handler = async (signed: Signed): Promise<string> => {
      const statement = check(signed);
      remember(board.usedJtis, statement.jti);
      return handle(statement);
    };
    setHandler(update, handler, { validator: (signed) => void check(signed) });
  }

  function approve(statement: Verified): string {
    const gate = board.gates.find(statement.gate);
    const why = gate ? board.gates.approve(gate, statement) : 'no such gate';
    if (!gate || why !== undefined) throw refused(why ?? 'no such gate');
    return `${board.gates.countText(gate)} for ${gate.id}${board.gates.isOpen(gate) ? ': open' : ''}`;
  }

  async function abort({ actor, reason }: Verified): Promise<string> {
    board.unsafeSinceMs ??= nowMs();
    controls.rollBack({ kind: 'aborted', text: `${actor}${reason ? `: ${reason}` : ' aborted'}` });
    const goesBack = () => board.started.every((region) => board.hasNothingUnderWay(region));
    await CancellationScope.nonCancellable(() => condition(goesBack)); // also where a newcomer cancels it meanwhile
    return `aborted by ${actor}: every region is on its way back`;
  }

  function settle(region: string | undefined, choice: Settlement, actor: string): string {
    const meant = waiting(choice === 'extend' ? ['held'] : ['held', 'stuck'], region);
    for (const entry of meant) controls.settle(entry.region, choice);
    return `${actor}: ${choice} ${meant.map((entry) => entry.region).join(', ')}`;
  }

  async function skip({ region, actor, reason }: Verified): Promise<string> {
    const entry = board.of(region ?? '');
    if (!entry) throw refused(`no region ${region} in this promotion`);
    if (entry.phase === 'stuck') {
      controls.settle(entry.region, 'accept');
      return `${region} skipped by ${actor}, what is left undone there accepted`;
    }
    const isSkipped = await controls.skip(entry.region, { kind: 'aborted', text: `${actor} skipped it: ${reason}` });
    if (!isSkipped) throw refused(`${region} serves the new version; abort instead`);
    return `${region} skipped by ${actor}`;
  }

  /** The regions in one of these phases; all, or the one that is named. */
  function waiting(phases: readonly string[], region: string | undefined) {
    return board.all.filter((entry) => phases.includes(entry.phase) && (!region || entry.region === region));
  }

  function refuseVote(statement: Verified): string | undefined {
    const gate = board.gates.find(statement.gate);
    if (!gate)
      return `no gate ${statement.gate} in this plan (${plan.gates.map((one) => one.id).join(', ') || 'it has none'})`;
    if (statement.verb === 'approve' && board.gates.isOpen(gate)) return `${gate.id} is open already`;
    return refuseOnceEnded();
  }

  function refuseAbort(): string | undefined {
    if (board.phase === 'ended') return 'it has ended';
    return board.committed ? 'committed; use `meridian rollback`' : undefined;
  }

  function refuseOnceEnded(): string | undefined {
    const over = refuseAbort();
    if (over !== undefined) return over;
    return board.reason ? `it is on its way back: ${board.reason.text}` : undefined;
  }

  function refuseToExtend({ region }: Verified): string | undefined {
    if (waiting(['held'], region).length > 0) return undefined;
    const stuck = waiting(['stuck'], region).map((entry) => entry.region);
    if (stuck.length > 0) return `${stuck.join(', ')}: stuck, not held; retry, or skip to accept what is left undone`;
    return region ? `${region} is ${board.of(region)?.phase ?? 'unknown'}, not held` : 'no region is held';
  }

  function refuseToRetry({ region }: Verified): string | undefined {
    if (waiting(['held', 'stuck'], region).length > 0) return undefined;
    return region
      ? `${region} is ${board.of(region)?.phase ?? 'unknown'}, not held or stuck`
      : 'no region is held or stuck';
  }

  function refuseSkip({ region }: Verified): string | undefined {
    const entry = board.of(region ?? '');
    if (!entry) return `no region ${region} in this promotion`;
    if (entry.phase === 'stuck' && entry.mayAccept) return undefined;
    if (entry.phase === 'stuck')
      return `${region} may still serve the new version: its route could not be restored; mend its gateways, then retry`;
    if (['flipping', 'baking', 'live'].includes(entry.phase)) return `${region} serves the new version; abort instead`;
    return refuseOnceEnded();
  }
}
