import type { WatchOutcome } from '../activities/watch';
import type { Verdict } from '../domain/judge';
import type { Reason } from '../domain/phase';
import type { RouteCause } from '../domain/route';

/** Why a rollout does not go on: roll back for a reason, begin the step again, or stand aside for a newer epoch. */
export type Stop =
  | { readonly kind: 'reason'; readonly reason: Reason }
  | { readonly kind: 'again'; readonly blind: boolean; readonly lapsed: boolean } // blind: once data return; lapsed: its lease ran out
  | { readonly kind: 'superseded'; readonly seen: number | null }; // the newer epoch, if that is known

export function stopOfFault(text: string): Stop {
  return { kind: 'reason', reason: { kind: 'fault', text } };
}

/** Null: what the watch saw stops nothing by itself. */
export function stopOfWatch(outcome: WatchOutcome, weightPct: number): Stop | null {
  switch (outcome.kind) {
    case 'superseded':
      return outcome;
    case 'lapsed':
      return { kind: 'again', blind: outcome.blind, lapsed: true };
    case 'moved':
      return stopOfMove(outcome.cause);
    case 'verdict': {
      if (outcome.verdict.kind !== 'regressed') return null;
      const text = `at ${weightPct} %: ${outcome.verdict.reasons.join('; ')}`;
      return { kind: 'reason', reason: { kind: 'breach', text } };
    }
  }
}

/** The route moved under our own epoch (contract 5): a lapsed lease enters the step again, a restored route is a breach. */
export function stopOfMove(cause: RouteCause): Stop {
  switch (cause) {
    case 'lease':
      return { kind: 'again', blind: false, lapsed: true };
    case 'restore':
      return { kind: 'reason', reason: { kind: 'breach', text: 'the region restored its route by itself' } };
    case 'step':
    case 'flip':
    case 'fence':
    case 'operator':
      return stopOfFault(`the route was moved (${cause}) by someone else`);
  }
}

/** What a watch ended with, in a word for people. */
export function nameOf(outcome: WatchOutcome): string {
  return outcome.kind === 'verdict' ? outcome.verdict.kind : outcome.kind;
}

export function reasonsOf(verdict: Verdict): readonly string[] {
  return verdict.kind === 'healthy' ? [] : verdict.reasons;
}
