import type { Digest, ModelName, RegionId } from '../domain/ids';
import type { RegionOutcome } from '../domain/phase';

/** How a promotion stands: whether it waits for a person, and the regions that are not clean (something of it is still there). */
export interface Standing {
  readonly waitsForPerson: boolean; // held or stuck
  readonly unclean: readonly RegionId[];
}

/** The workflow engine, as activities see it. Every method: @throws `EngineUnavailable` (retried) */
export interface Engine {
  /** Whether the workflow is open, has closed by itself, or is gone (terminated, timed out, never started). */
  describe(workflowId: string): Promise<'running' | 'closed' | 'gone'>;
  /** The ids of the children that a workflow had under way; of one that was terminated, as it left them. */
  children(workflowId: string): Promise<readonly string[]>;
  /** How a rollout has ended, also one that still cleans up after its commit; null before that, and for one that never got there. */
  outcome(rolloutId: string): Promise<RegionOutcome | null>;
  /** How an open promotion stands; null when it is gone. */
  standing(promotionId: string): Promise<Standing | null>;
  /** Offers a digest to its line, starting the line if need be. Idempotent by `id`; a digest that the line knows already is not offered again. */
  offer(model: ModelName, digest: Digest, id: string): Promise<void>;
}
