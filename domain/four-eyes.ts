import { REGISTRY_STARTER, type Answer } from './roster';

/** A yes to a gate, as its verified statement gives it. */
export interface Approval {
  readonly actor: string;
  readonly keyId: string;
}
/** A yes that wants to count, and what it is counted against. */
export interface Count {
  readonly approval: Approval;
  readonly counted: readonly Approval[]; // those that count already
  readonly starter: string; // actor id, or `registry`
  readonly starterKey: string | null; // null: a registry started
  readonly approvers?: readonly string[]; // actors whose yes this gate takes; absent: every approver of the roster
}

/**
 * Adds a yes to those that count towards a gate's quorum: each person and each key once, the starter never. Pure.
 * @returns the yeses that now count, or why this one does not
 */
export function countsTowards({
  approval,
  counted,
  starter,
  starterKey,
  approvers,
}: Count): Answer<readonly Approval[]> {
  const { actor, keyId } = approval;
  if (actor === REGISTRY_STARTER || actor === starter || keyId === starterKey) {
    return { refused: `${actor} started this promotion; another approver has to say yes` };
  }
  if (approvers && !approvers.includes(actor)) {
    return { refused: `${actor} is no approver of this gate; it takes ${approvers.join(', ')}` };
  }
  if (counted.some((other) => other.actor === actor || other.keyId === keyId)) {
    return { refused: `${actor} has said yes already; a quorum needs different people` };
  }
  return { ok: [...counted, approval] };
}
