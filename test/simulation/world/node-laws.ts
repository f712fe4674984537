import type { RouteRow } from '../../../domain/route-node';
import { sameTraffic } from '../../../domain/route';
import { compareTokens, type Token } from '../../../domain/token';
import { attemptNow, type Attempt } from '../sdk/attempt';
import type { Journal } from './journal';
import type { Laws } from './laws';
import type { SimulatedNode } from './region';

/** What one gateway node may never do by itself, whoever commands it; looked at before and after every command. */
export class NodeLaws {
  private readonly rows = new Map<SimulatedNode, RouteRow>();
  private readonly attempts = new Map<SimulatedNode, Attempt>(); // whose command took hold last

  private readonly claimed = new Map<SimulatedNode, Set<string>>(); // the tokens that asked for it
  private readonly rowFences = new Map<string, number>(); // by region: the highest epoch that fenced its manifest row
  private readonly leases = new Map<SimulatedNode, { readonly generation: number; readonly endsAtMs: number }>();

  constructor(private readonly laws: Laws) {}

  /** A rollout fences its manifest row before anything in its region. */
  fencesRow(region: string, epoch: number): void {
    this.rowFences.set(region, Math.max(epoch, this.rowFences.get(region) ?? 0));
  }

  fences(region: string, epoch: number): void {
    if ((this.rowFences.get(region) ?? 0) < epoch)
      this.laws.breaks('contract 4: the manifest row is fenced too', `${region} ${epoch}`);
  }

  /** Between two commands a lease only runs out, however often the node restarts. */
  idle(node: SimulatedNode): void {
    const before = this.leases.get(node);
    if (before?.generation !== node.row.route.generation || node.leaseEndsAtMs <= before.endsAtMs) return;
    this.laws.breaks(
      'contract 5: no lease anew after a restart',
      `${node.id} ${node.leaseEndsAtMs - before.endsAtMs} ms`,
    );
  }

  /** Compares what the node serves now with what it served when it was looked at last. */
  look(node: SimulatedNode): void {
    const { row } = node;
    this.leases.set(node, { generation: row.route.generation, endsAtMs: node.leaseEndsAtMs });
    const before = this.rows.get(node);
    this.rows.set(node, row);
    if (!before || before === row) return;
    const { route } = row;
    const { generation } = before.route;
    if (route.generation < generation || compareTokens(row.fence, before.fence) < 0) {
      this.laws.breaks('contract 5: a change is persisted before it is answered', `${node.id} ${route.generation}`);
    }
    if (!sameTraffic(route, before.route) && route.generation <= generation) {
      this.laws.breaks('contract 5: every change adds one generation', `${node.id} ${route.generation}`);
    }
  }

  /** A watch asks for the canary of a node. */
  claims(node: SimulatedNode, token: Token): void {
    this.claimed.set(node, (this.claimed.get(node) ?? new Set()).add(JSON.stringify(token)));
  }

  /** A watch renews what it has asked for, nothing else. */
  renews(node: SimulatedNode, token: Token): void {
    if (!this.claimed.get(node)?.has(JSON.stringify(token)))
      this.laws.breaks('contract 5: a successor claims the canary', node.id);
  }

  /** A command takes hold: never one of an earlier attempt after one of a later. */
  tookHold(node: SimulatedNode): void {
    const attempt = attemptNow();
    const before = this.attempts.get(node);
    if (before?.task === attempt.task && before.number > attempt.number) {
      this.laws.breaks('contract 4: an earlier attempt takes hold after a later one', attempt.task.name);
    }
    this.attempts.set(node, attempt);
  }

  /** A command that is no write, and no fence, has taken hold: it only says who watches, and until when. */
  watched(node: SimulatedNode, before: RouteRow, lookedAtMs = -Infinity): void {
    const { route, leaseUntilMs } = node.row;
    if (route.generation !== before.route.generation) {
      return this.laws.breaks('contract 5: a claim and a renewal add no generation', node.id);
    }
    const rightMs = Math.max(before.leaseUntilMs ?? 0, lookedAtMs + (route.canary?.leaseMs ?? 0));
    const isRight = (leaseUntilMs ?? 0) <= rightMs && (leaseUntilMs ?? 0) >= (before.leaseUntilMs ?? 0);
    if (!isRight) this.laws.breaks('contract 5: a lease runs from the look, and is never shortened', node.id);
  }

  /** A command to write arrives, taken or not. */
  ordered(
    node: SimulatedNode,
    journal: Journal | undefined,
    cause: string,
    { fence }: RouteRow,
    raises: boolean,
  ): void {
    if (!journal) return;
    const { name } = attemptNow().task;
    if (name === 'watch' && raises) this.laws.breaks('contract 5: a watch never raises a weight', node.id);
    if (cause !== 'step' && cause !== 'flip') return;
    if (fence.epoch > journal.epoch) journal.fencedOut = true;
  }
}
