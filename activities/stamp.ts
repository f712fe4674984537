import { Context } from '@temporalio/activity';
import { Failure } from '../domain/failures';
import type { NodeId } from '../domain/ids';
import type { Token } from '../domain/token';
import type { RouteAnswer } from '../ports/router';

/** What a workflow gives every activity that writes: the epoch, and its own counter, one more with each activity. */
export interface Stamp {
  readonly epoch: number;
  readonly seq: number;
}

/** The token of the attempt that runs now. */
export function tokenOf({ epoch, seq }: Stamp): Token {
  return { epoch, seq, attempt: Context.current().info.attempt };
}

/** The failure for a fence that stands above us: nothing that this rollout may still do about it. */
export function fencedOut(node: NodeId, answer: Exclude<RouteAnswer, { kind: 'ok' | 'stale-route' }>): Failure {
  return answer.kind === 'stale-epoch'
    ? new Failure('StaleEpoch', `${node} has seen epoch ${answer.seen}`, { details: { seen: answer.seen } })
    : new Failure('Superseded', `${node} holds token ${JSON.stringify(answer.fence)}`);
}
