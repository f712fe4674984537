import type { Counters } from '../domain/counters';
import type { ModelName, NodeId } from '../domain/ids';

/** What users met, as the region's gateway nodes counted it. */
export interface Metrics {
  /** The counters of every node. @throws `MetricsUnavailable` (retried) when any node does not answer: half a count is no count */
  counters(model: ModelName): Promise<ReadonlyMap<NodeId, Counters>>;
}
