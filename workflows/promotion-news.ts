import type { RegionId } from '../domain/ids';
import type { Gate } from '../domain/plan';

/** What people should hear of while a promotion runs. Several of a kind that come together are one notice. */
export type NewsKind = 'gate-waiting' | 'held' | 'unreachable' | 'stuck';
export interface News {
  readonly kind: NewsKind;
  readonly text: string; // one sentence
}
interface Standing {
  readonly region: RegionId;
  readonly phase: string;
  readonly unreachableSinceMs: number | null;
  readonly awaitsData: boolean;
}

const TEXTS = {
  held: ['held', 'held, a person is needed'],
  blind: ['held', 'held at weight 0 until the counters can be read again; goes on by itself'],
  unreachable: ['unreachable', 'no worker answers'],
  stuck: ['stuck', 'stuck, a person is needed'],
} as const satisfies Record<string, readonly [NewsKind, string]>;
type Symptom = keyof typeof TEXTS;

/** Gathers what is new about the regions of a promotion until it is taken. */
export class PromotionNews {
  private readonly regions = new Map<Symptom, Set<RegionId>>();
  private readonly gates = new Set<string>();

  /** A region's report, against what was known of it before. */
  ofRegion(before: Standing, now: Standing): void {
    if (now.phase === 'held' && before.phase !== 'held') this.add(now.awaitsData ? 'blind' : 'held', now.region);
    if (now.phase === 'stuck' && before.phase !== 'stuck') this.add('stuck', now.region);
    if (now.unreachableSinceMs !== null && before.unreachableSinceMs === null) this.add('unreachable', now.region);
  }

  /** A gate that is waited at for the first time. */
  ofGate({ id, quorum }: Gate): void {
    this.gates.add(`${id} (${quorum} ${quorum === 1 ? 'approval' : 'approvals'})`);
  }

  get isEmpty(): boolean {
    return this.regions.size === 0 && this.gates.size === 0;
  }

  /** Everything since the last call. */
  take(): readonly News[] {
    const told = [...this.regions].map(([symptom, regions]): News => {
      const [kind, text] = TEXTS[symptom];
      return { kind, text: `${[...regions].join(', ')}: ${text}` };
    });
    const gates = [...this.gates].join(', ');
    if (gates !== '') told.push({ kind: 'gate-waiting', text: `waits at gate ${gates}` });
    this.regions.clear();
    this.gates.clear();
    return told;
  }

  private add(symptom: Symptom, region: RegionId): void {
    const regions = this.regions.get(symptom) ?? new Set();
    this.regions.set(symptom, regions.add(region));
  }
}
