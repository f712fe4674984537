import { countsTowards, type Verified } from '../domain/approval';
import { gatesOf, type Gate } from '../domain/plan';
import type { RegionId } from '../domain/ids';
import { nowMs } from './clock';
import type { GateStatus, PromotionInput } from './contract';

interface Yes {
  readonly actor: string;
  readonly keyId: string;
  readonly expMs: number;
}
/** Where a region waits. */
type Waiting = { readonly region: RegionId; readonly gate: 'canary' | 'flip' | null };

/** The gates of a plan: who said yes, since when regions wait there, when they expire. */
export class PromotionGates {
  private readonly yeses = new Map<string, readonly Yes[]>();
  private readonly sinceMs = new Map<string, number>();

  /** @param waiting the regions that await something now */
  constructor(
    private readonly input: PromotionInput,
    private readonly waiting: () => readonly Waiting[],
  ) {}

  find(id: string | undefined): Gate | undefined {
    return this.plan.gates.find((gate) => gate.id === id);
  }

  /** A region waits at a point: the time of its gates runs from the first that does. @returns the gates that nobody waited at before */
  reached(region: RegionId, point: 'canary' | 'flip'): readonly Gate[] {
    const newly = gatesOf(this.plan, region, point).filter(({ id }) => !this.sinceMs.has(id));
    for (const { id } of newly) this.sinceMs.set(id, nowMs());
    return newly;
  }

  /** Adds an approver's yes. @returns why it does not count, else undefined */
  approve(gate: Gate, { actor, keyId, exp }: Verified): string | undefined {
    const { starter, starterKey } = this.input;
    const counted = this.counted(gate.id);
    const { approvers } = gate;
    const approval = { actor, keyId };
    const answer = countsTowards({ approval, counted, starter, starterKey, ...(approvers && { approvers }) });
    if ('refused' in answer) return answer.refused;
    this.yeses.set(gate.id, [...counted, { actor, keyId, expMs: exp * 1000 }]);
    return undefined;
  }

  /** A gate's yes is read here, at the advance: what has expired meanwhile no longer counts. */
  isOpen(gate: Gate): boolean {
    return this.counted(gate.id).length >= gate.quorum;
  }

  /** Whether nothing keeps a region from passing a point. */
  letThrough(region: RegionId, point: 'canary' | 'flip'): boolean {
    return gatesOf(this.plan, region, point).every((gate) => this.isOpen(gate));
  }

  /** When the next waiting gate expires, and which; null: none waits. */
  nextExpiry(): { readonly gate: Gate; readonly atMs: number } | null {
    const waiting = this.plan.gates.filter(
      (gate) => this.sinceMs.has(gate.id) && this.isWaited(gate) && !this.isOpen(gate),
    );
    const dated = waiting.map((gate) => ({ gate, atMs: this.expiryOf(gate) ?? Infinity }));
    return dated.sort((a, b) => a.atMs - b.atMs)[0] ?? null;
  }

  /** How many approvals are there, and how many it takes, for people. */
  countText({ id, quorum }: Gate): string {
    return `${this.counted(id).length} of ${quorum} approvals`;
  }

  /** What the promotion waits for, for people; empty: for no gate. */
  waitText(): string {
    const gate = this.plan.gates.find((one) => this.isWaited(one) && !this.isOpen(one));
    return gate ? `gate ${gate.id}: ${this.countText(gate)}` : '';
  }

  status(): readonly GateStatus[] {
    return this.plan.gates.map((gate) => ({
      gate,
      approvedBy: this.counted(gate.id).map(({ actor }) => actor),
      open: this.isOpen(gate),
      expiresAtMs: this.expiryOf(gate),
    }));
  }

  private get plan() {
    return this.input.planned.plan;
  }

  private isWaited({ regions, before }: Gate): boolean {
    return this.waiting().some(({ region, gate }) => gate === before && regions.includes(region));
  }

  private expiryOf({ id }: Gate): number | null {
    const sinceMs = this.sinceMs.get(id);
    return sinceMs === undefined ? null : sinceMs + this.plan.approvalExpiryMs;
  }

  private counted(gateId: string): readonly Yes[] {
    return (this.yeses.get(gateId) ?? []).filter(({ expMs }) => expMs > nowMs());
  }
}
