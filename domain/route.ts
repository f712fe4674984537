import type { Digest, ModelName } from './ids';
import type { Token } from './token';

/** Why the route is as it is: a canary step, the flip, an undo, a lapsed lease (or a fence that dropped one), a person. */
export type RouteCause = 'step' | 'flip' | 'restore' | 'lease' | 'fence' | 'operator';

/** The freight under test, and for how long it stays so when nobody renews. */
export interface Canary {
  readonly digest: Digest;
  readonly weightPct: number; // integer percent 1..99
  readonly mode: 'split' | 'mirror'; // mirror: gets copies, its answers reach nobody
  readonly leaseMs: number; // milliseconds; L of contract 5
}

/** What one gateway node serves for one model, and the numbers that guard it. */
export interface Route {
  readonly model: ModelName;
  readonly generation: number; // one more after every change, a lapsed lease too
  readonly epoch: number; // of the promotion that wrote last
  readonly rollout: string | null; // workflow id of the rollout that wrote last
  readonly watch: Token | null; // who may renew and restore; null: nobody yet
  readonly cause: RouteCause;
  readonly stable: Digest | null; // null: 404 `no version live`
  readonly canary?: Canary;
}

/** The traffic a write asks for. */
export interface Traffic {
  readonly stable: Digest | null;
  readonly canary?: Canary;
}

/** Whether both send traffic to the same places, whatever their generations. Pure. */
export function sameTraffic(a: Traffic, b: Traffic): boolean {
  return a.stable === b.stable && a.canary?.digest === b.canary?.digest && a.canary?.weightPct === b.canary?.weightPct;
}

/** Whether any traffic reaches the freight. Pure. */
export function serves({ stable, canary }: Traffic, freight: Digest): boolean {
  return stable === freight || canary?.digest === freight;
}
