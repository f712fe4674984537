import type { Counters } from '../domain/counters';
import type { ModelName, NodeId } from '../domain/ids';

/** What users met, as the region's gateway nodes counted it. */
export interface Metrics {
  /**
   * The counters of every node that answers within a second; one that does not is left out. Half a count may condemn a version
   * and never clear it: whoever judges looks whether all nodes are there. @throws `MetricsUnavailable` (retried) when none answers
   */
  counters(model: ModelName): Promise<ReadonlyMap<NodeId, Counters>>;
}
