import type { Counters } from '../../domain/counters';
import type { ModelName, NodeId } from '../../domain/ids';
import type { Metrics } from '../../ports/metrics';

/** Metrics that a test or a simulated world makes up, look by look. `source` may throw what a real source would. */
export class MemoryMetrics implements Metrics {
  constructor(private source: (model: ModelName) => ReadonlyMap<NodeId, Counters>) {}

  /** From now on counts come from here. */
  set(source: (model: ModelName) => ReadonlyMap<NodeId, Counters>): void {
    this.source = source;
  }

  async counters(model: ModelName): Promise<ReadonlyMap<NodeId, Counters>> {
    return this.source(model);
  }
}
