import type { Digest, NodeId } from './ids';

/** A gateway node and the generation of its route that the next write is decided on. */
export interface NodeGeneration {
  readonly id: NodeId;
  readonly generation: number;
}
export interface FoundNode extends NodeGeneration {
  readonly stable: Digest | null; // as found, before this rollout's first write
}
/** The region as a rollout found it: what rolling back returns to. */
export interface Found {
  readonly nodes: readonly FoundNode[];
  readonly current: Digest | null; // the version pointer
  readonly previous: readonly Digest[]; // newest first
}

/** The freights a rollout claims: its own, and what a rollback would serve. Pure. */
export function wantedBy(freight: Digest, found: Found): readonly Digest[] {
  const stables = found.nodes.flatMap(({ stable }) => (stable === null ? [] : [stable]));
  return [...new Set([freight, ...stables, ...(found.current === null ? [] : [found.current]), ...found.previous])];
}

/** The versions that stay reconstructible behind a new one, newest first. Pure. */
export function previousAfter(freight: Digest, { current, previous }: Found, keepPrevious: number): readonly Digest[] {
  const before = current === null ? previous : [current, ...previous];
  return [...new Set(before)].filter((digest) => digest !== freight).slice(0, keepPrevious);
}

/** Whether the region keeps a version loaded by itself: one that it serves, or the one before. Pure. */
export function staysLoaded(freight: Digest, { nodes, current, previous }: Found): boolean {
  return nodes.some(({ stable }) => stable === freight) || current === freight || previous[0] === freight;
}

/** Whether no node served any version: the model's first one here, with nothing to compare with. Pure. */
export function isFirstVersion({ nodes }: Found): boolean {
  return nodes.every(({ stable }) => stable === null);
}
